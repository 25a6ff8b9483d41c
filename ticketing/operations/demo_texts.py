"""The words of the demonstration catalogue, in four languages. Experiences and prices are made up."""

from __future__ import annotations

Text = dict[str, str]
Words = dict[str, list[str]]

# Follows the summary of the visit: nobody should take a demonstration's prices for a real house's.
FICTIONAL: Text = {
    "nl": "De prijzen in deze demo zijn verzonnen.",
    "fr": "Les prix de cette démo sont fictifs.",
    "en": "The prices in this demo are made up.",
    "de": "Die Preise in dieser Demo sind erfunden.",
}

VAT_NAMES: dict[str, Text] = {
    "culture": {
        "nl": "Toegang tot cultuur",
        "fr": "Accès à la culture",
        "en": "Admission to culture",
        "de": "Eintritt zu Kultur",
    },
    "goods": {"nl": "Goederen", "fr": "Biens", "en": "Goods", "de": "Waren"},
    "exempt": {
        "nl": "Vrijgesteld van btw",
        "fr": "Exempté de TVA",
        "en": "Exempt from VAT",
        "de": "Von der MwSt. befreit",
    },
}

NAMES: dict[str, Text] = {
    "visit": {
        "nl": "Een dag vol ontdekkingen",
        "fr": "Une journée de découvertes",
        "en": "A day of discovery",
        "de": "Ein Tag voller Entdeckungen",
    },
    "lightning": {
        "nl": "De bliksemfluisteraar",
        "fr": "L’homme qui parlait aux éclairs",
        "en": "The lightning whisperer",
        "de": "Der Blitzflüsterer",
    },
    "cold": {
        "nl": "Kouder dan koud",
        "fr": "Plus froid que le froid",
        "en": "Colder than cold",
        "de": "Kälter als kalt",
    },
    "sound": {
        "nl": "Kijk, een geluid!",
        "fr": "Regardez, un son\u00a0!",
        "en": "Look, a sound!",
        "de": "Schau, ein Ton!",
    },
    "beetle": {
        "nl": "Bouw een robotkever",
        "fr": "Fabriquez un scarabée robot",
        "en": "Build a robot beetle",
        "de": "Einen Roboterkäfer bauen",
    },
    "kitchen": {
        "nl": "Keukenchemie",
        "fr": "Chimie de cuisine",
        "en": "Kitchen chemistry",
        "de": "Küchenchemie",
    },
    "mars": {
        "nl": "Een klas op Mars",
        "fr": "Une classe sur Mars",
        "en": "A class on Mars",
        "de": "Eine Klasse auf dem Mars",
    },
}

SUMMARIES: dict[str, Text] = {
    "visit": {
        "nl": "Draai, trek, duw, mis en probeer opnieuw: hier mag je overal aankomen. "
        "Kom binnen op het uur dat je kiest en blijf tot we sluiten.",
        "fr": "Tournez, tirez, poussez, ratez, recommencez\u00a0: ici, on touche à tout. "
        "Entrez à l’heure choisie et restez jusqu’à la fermeture.",
        "en": "Turn it, pull it, push it, get it wrong and try again: here you may touch everything. "
        "Come in at the time you choose and stay until we close.",
        "de": "Drehen, ziehen, drücken, danebenliegen, noch einmal: Hier dürfen Sie alles anfassen. "
        "Kommen Sie zur gewählten Zeit und bleiben Sie, bis wir schließen.",
    },
    "lightning": {
        "nl": "Een half uur vonken van een meter lang. Je haar gaat overeind staan, en je weet straks waarom.",
        "fr": "Une demi-heure d’étincelles d’un mètre. Vos cheveux se dressent, et vous saurez pourquoi.",
        "en": "Half an hour of sparks a metre long. Your hair will stand on end, and you will know why.",
        "de": "Eine halbe Stunde meterlange Funken. Ihnen stehen die Haare zu Berge, und Sie wissen, warum.",
    },
    "cold": {
        "nl": "Bloemen die breken als glas en een ballon die krimpt tot niets: wat doet 196 graden onder nul?",
        "fr": "Des fleurs qui cassent comme du verre, un ballon qui disparaît\u00a0: "
        "que se passe-t-il à 196 degrés sous zéro\u00a0?",
        "en": "Flowers that break like glass and a balloon that shrinks to nothing: "
        "what does 196 degrees below zero do?",
        "de": "Blumen, die wie Glas zerbrechen, ein Ballon, der verschwindet: Was machen 196 Grad unter null?",
    },
    "sound": {
        "nl": "Zand dat danst, vuur dat meezingt en een glas dat je stuk roept. Geluid is beweging: zie maar.",
        "fr": "Du sable qui danse, du feu qui chante, un verre que l’on brise de la voix. Le son, c’est du mouvement.",
        "en": "Sand that dances, fire that sings along and a glass you can shout to pieces. Sound is movement: "
        "see for yourself.",
        "de": "Sand, der tanzt, Feuer, das mitsingt, ein Glas, das Ihr Ruf zerspringen lässt. Schall ist Bewegung.",
    },
    "beetle": {
        "nl": "Met een motortje, twee lichtsensoren en jouw soldeerwerk kruipt er straks een kever naar het licht. "
        "Hij mag mee naar huis. Voor bouwers vanaf 8 jaar.",
        "fr": "Un petit moteur, deux capteurs et vos soudures\u00a0: un scarabée rampe vers la lumière. "
        "Il rentre chez vous. Dès 8 ans.",
        "en": "A small motor, two light sensors and your soldering: a beetle crawls towards the light. "
        "It goes home with you. For builders of 8 and over.",
        "de": "Ein kleiner Motor, zwei Lichtsensoren und Ihre Lötstellen: Ein Käfer krabbelt zum Licht. "
        "Er darf mit nach Hause. Ab 8 Jahren.",
    },
    "kitchen": {
        "nl": "Rodekool die van kleur verspringt, ijs in tien seconden en schuim dat niet stopt. "
        "Bijna alles kun je thuis overdoen.",
        "fr": "Du chou rouge qui change de couleur, une glace en dix secondes, une mousse sans fin. "
        "Presque tout se refait chez vous.",
        "en": "Red cabbage that changes colour, ice cream in ten seconds and foam without end. "
        "Nearly all of it can be done again at home.",
        "de": "Rotkohl, der die Farbe wechselt, Eis in zehn Sekunden, Schaum ohne Ende. Fast alles geht auch zu Hause.",
    },
    "mars": {
        "nl": "Het dak van de marsbasis lekt en de zuurstof zakt. Je klas meet, rekent en repareert, in ploegen, "
        "in twee uur. Voor de tweede en derde graad van het lager onderwijs, met lesbrief.",
        "fr": "Le toit de la base fuit, l’oxygène baisse. Votre classe mesure, calcule et répare en équipes, "
        "en deux heures. Pour les 8 à 12 ans, avec dossier pédagogique.",
        "en": "The roof of the Mars base leaks and the oxygen is going down. "
        "Your class measures, calculates and repairs, in crews, in two hours. "
        "For pupils of 8 to 12, with a lesson pack.",
        "de": "Das Dach der Marsbasis ist undicht, der Sauerstoff sinkt. Ihre Klasse misst, "
        "rechnet und repariert in Teams, "
        "in zwei Stunden. Für 8 bis 12 Jahre, mit Unterrichtsmaterial.",
    },
}

BRING: dict[str, Words] = {
    "visit": {
        "nl": ["je ticket, op papier of op je telefoon", "een lunch, als je wilt picknicken", "nieuwsgierige handen"],
        "fr": ["votre billet, imprimé ou sur téléphone", "un pique-nique, si vous voulez", "des mains curieuses"],
        "en": ["your ticket, on paper or on your phone", "a lunch, if you like to picnic", "curious hands"],
        "de": ["Ihr Ticket, auf Papier oder Telefon", "ein Picknick, wenn Sie mögen", "neugierige Hände"],
    },
    "lightning": {
        "nl": ["je ticket", "haar dat tegen een stootje kan"],
        "fr": ["votre billet", "des cheveux qui n’ont peur de rien"],
        "en": ["your ticket", "hair that can take it"],
        "de": ["Ihr Ticket", "Haare, die etwas aushalten"],
    },
    "cold": {
        "nl": ["je ticket", "een trui voor de eerste rij"],
        "fr": ["votre billet", "un pull pour le premier rang"],
        "en": ["your ticket", "a jumper for the front row"],
        "de": ["Ihr Ticket", "einen Pullover für die erste Reihe"],
    },
    "sound": {
        "nl": ["je ticket", "je stem"],
        "fr": ["votre billet", "votre voix"],
        "en": ["your ticket", "your voice"],
        "de": ["Ihr Ticket", "Ihre Stimme"],
    },
    "beetle": {
        "nl": ["je ticket", "gesloten schoenen", "een doosje om je kever in te dragen"],
        "fr": ["votre billet", "des chaussures fermées", "une petite boîte pour le scarabée"],
        "en": ["your ticket", "closed shoes", "a small box to carry your beetle in"],
        "de": ["Ihr Ticket", "geschlossene Schuhe", "eine kleine Schachtel für den Käfer"],
    },
    "kitchen": {
        "nl": ["je ticket", "kleren die vuil mogen worden"],
        "fr": ["votre billet", "des vêtements qui peuvent se salir"],
        "en": ["your ticket", "clothes that may get dirty"],
        "de": ["Ihr Ticket", "Kleidung, die schmutzig werden darf"],
    },
    "mars": {
        "nl": ["de tickets van je klas", "een boekentas minder: materiaal ligt klaar", "lunchpakketten"],
        "fr": ["les tickets de la classe", "les pique-niques", "aucun matériel\u00a0: tout est prêt"],
        "en": ["your class’s tickets", "packed lunches", "no material: it is all here"],
        "de": ["die Tickets der Klasse", "Lunchpakete", "kein Material: alles liegt bereit"],
    },
}

BUNDLE_NAMES: dict[str, Text] = {
    "family": {"nl": "Gezinsticket", "fr": "Billet famille", "en": "Family ticket", "de": "Familienkarte"},
}
TYPE_NAMES: dict[str, Text] = {
    "adult": {"nl": "Volwassene", "fr": "Adulte", "en": "Adult", "de": "Erwachsene"},
    "child": {"nl": "Kind", "fr": "Enfant", "en": "Child", "de": "Kind"},
    "student": {"nl": "Student", "fr": "Étudiant", "en": "Student", "de": "Studierende"},
    "senior": {"nl": "65-plusser", "fr": "Senior", "en": "Senior", "de": "Senioren"},
    "toddler": {
        "nl": "Peuter of baby",
        "fr": "Bébé ou tout-petit",
        "en": "Baby or toddler",
        "de": "Baby oder Kleinkind",
    },
    "companion": {"nl": "Begeleider", "fr": "Accompagnateur", "en": "Companion", "de": "Begleitperson"},
    "pupil": {"nl": "Leerling", "fr": "Élève", "en": "Pupil", "de": "Schulkind"},
    "teacher": {"nl": "Leerkracht", "fr": "Enseignant", "en": "Teacher", "de": "Lehrkraft"},
    "guest": {"nl": "Gast", "fr": "Invité", "en": "Guest", "de": "Gast"},
}

TYPE_HINTS: dict[str, Text] = {
    "adult": {"nl": "12 tot 64 jaar", "fr": "12 à 64 ans", "en": "12 to 64 years", "de": "12 bis 64 Jahre"},
    "child": {"nl": "3 tot 11 jaar", "fr": "3 à 11 ans", "en": "3 to 11 years", "de": "3 bis 11 Jahre"},
    "student": {
        "nl": "12 tot 25 jaar, met studentenkaart",
        "fr": "12 à 25 ans, avec carte d’étudiant",
        "en": "12 to 25 years, with a student card",
        "de": "12 bis 25 Jahre, mit Studienausweis",
    },
    "senior": {"nl": "vanaf 65 jaar", "fr": "dès 65 ans", "en": "65 and over", "de": "ab 65 Jahren"},
    "toddler": {
        "nl": "0 tot 2 jaar; een eigen ticket, zo tellen we iedereen",
        "fr": "0 à 2 ans, avec un billet, car nous comptons tout le monde",
        "en": "0 to 2 years; with a ticket, so that we count everyone",
        "de": "0 bis 2 Jahre, mit Ticket, denn wir zählen alle mit",
    },
    "companion": {
        "nl": "van een bezoeker met een European Disability Card",
        "fr": "d’un visiteur porteur d’une European Disability Card",
        "en": "of a visitor who has a European Disability Card",
        "de": "einer Person mit European Disability Card",
    },
    "pupil": {"nl": "in klasverband", "fr": "avec la classe", "en": "with the class", "de": "mit der Klasse"},
    "teacher": {
        "nl": "bij je klas",
        "fr": "avec votre classe",
        "en": "with your class",
        "de": "mit Ihrer Klasse",
    },
    "guest": {
        "nl": "op een avond van een organisator, die voor je betaalt",
        "fr": "lors d’une soirée privée, réglée par l’organisateur",
        "en": "at a hosted evening, paid for by the host",
        "de": "bei einem Abend, den die Gastgeber bezahlen",
    },
}

REASONS: dict[str, Text] = {
    "christmas_eve": {
        "nl": "Op kerstavond gaan de lichten vroeg uit: we zijn gesloten.",
        "fr": "La veille de Noël, nous laissons nos expériences au repos.",
        "en": "On Christmas Eve we are closed and light candles.",
        "de": "An Heiligabend bleibt das Haus geschlossen.",
    },
    "christmas": {
        "nl": "Op Kerstmis staan alle proeven stil.",
        "fr": "À Noël, toutes nos expériences se reposent.",
        "en": "On Christmas Day every experiment takes a rest.",
        "de": "An Weihnachten ruhen alle Experimente.",
    },
    "new_year": {
        "nl": "Op nieuwjaarsdag blijven we thuis.",
        "fr": "Le jour de l’An, nous restons chez nous.",
        "en": "On New Year’s Day we stay at home.",
        "de": "An Neujahr bleiben wir zu Hause.",
    },
    "holidays": {
        "nl": "Schoolvakantie: ook op maandag open.",
        "fr": "Vacances scolaires\u00a0: ouvert aussi le lundi.",
        "en": "School holidays: open on Monday too.",
        "de": "Schulferien: auch montags geöffnet.",
    },
    "extra_monday": {
        "nl": "Extra open: proefmaandag.",
        "fr": "Ouverture exceptionnelle\u00a0: le lundi des expériences.",
        "en": "Open for once: experiment Monday.",
        "de": "Ausnahmsweise geöffnet: Experimentiermontag.",
    },
    "late_friday": {
        "nl": "Nocturne: open tot 22 uur.",
        "fr": "Nocturne\u00a0: ouvert jusqu’à 22 h.",
        "en": "Late opening: until 10 in the evening.",
        "de": "Langer Abend: bis 22\u00a0Uhr geöffnet.",
    },
    "roof": {
        "nl": "We vernieuwen het dak boven de grote hal. De dag erna kun je weer terecht.",
        "fr": "Nous rénovons le toit de la grande salle. Nous rouvrons le lendemain.",
        "en": "We are renewing the roof above the great hall. We open again the day after.",
        "de": "Wir erneuern das Dach über der großen Halle. Am Tag danach öffnen wir wieder.",
    },
}
