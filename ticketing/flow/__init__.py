"""Visitor flow: what came of sales and visits, added up for those who run the house. Reads every room below."""
