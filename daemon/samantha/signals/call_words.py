"""What open calls are made of, in English and German: openers, genres, and what speaks against."""

from __future__ import annotations

import re

_MODS = r"(?:[\w'’-]+[ ,]+){0,4}?"
WORK = (
    r"(?:letters?|poems?|poetry|verse|haikus?|stor(?:y|ies)|fiction|prose|essays?|non-?fiction"
    r"|memoirs?|novels?|novellas?|chapters?"
    r"|manuscripts?|writing|writers|work|pieces|texts?|submissions|entries|contributions"
    r"|chapbooks?|tales)"
)
WERK = (
    r"(?:\w{0,14}briefe?n?|gedichte?n?|\w{0,10}manuskripte?|lyrik|kurzgeschichten?|geschichten?"
    r"|erzählung(?:en)?|prosa\w*"
    r"|essays?|romane?n?|romanmanuskripte?|manuskripte?"
    r"|texte?n?|beiträge?n?|kurzprosa|haikus?|kapitel|autor(?:en|innen|:innen|\*innen"
    r"|innen und autoren)?)"
)
OPENER = re.compile(
    r"(?<![^\W\d_])(?:"
    rf"(?:open )?calls? for (?:{_MODS}){WORK}|open call|(?:submissions?|entries|reading (?:period"
    rf"|window)) (?:\w+ ){{0,3}}?(?:(?:is|are) )?(?:now )?(?:open|welcome|invited)(?!ed)"
    rf"|(?:is|are|now|currently|be) (?:now |currently |again )?(?:open (?:for"
    rf"|to) (?:{_MODS}){WORK}|accepting (?:{_MODS}){WORK}|seeking (?:{_MODS}){WORK}"
    rf"|inviting (?:{_MODS}){WORK}|reading (?:{_MODS}){WORK}|looking for (?:{_MODS}){WORK})"
    rf"|(?:seeks?|invites?|welcomes?|wants?|reads?|accepts?|solicits?"
    rf"|needs?|consider|collects?|collecting|requests?) (?:{_MODS}){WORK}(?! from"
    rf"| of recommendation)"
    rf"|(?:send|submit|mail|email) (?:us )?(?:your |up to |between |no more than |one |two "
    rf"|three |a )(?:{_MODS}){WORK}"
    r"|(?:writing|short[- ]story|story|poetry|essay|letter(?:[- ]writing)?|fiction|literary"
    r"|chapbook|novel) (?:contest|competition|prize|award)"
    r"|literary (?:magazine|journal|review|anthology)|anthology"
    r"|ausschreibung|einsendeschluss|aufruf zur einsendung|einsendungen|einreichung(?:en|sfrist)?"
    r"|(?:literatur|schreib|lyrik|kurzgeschichten|prosa|brief|essay|text)-?(?:wettbewerb|preis)"
    rf"|(?:suchen|sucht|gesucht(?: werden)?|erbitten|nehmen|lesen"
    rf"|sammeln|sammelt|laden)\b(?:[^.!?\n]|(?<=\d)\.){{0,60}}?\b{WERK}"
    rf"|{WERK}\b[^.!?\n]{{0,30}}gesucht"
    rf"|anthologie|(?:senden"
    rf"|schicken|reichen) sie (?:uns )?(?:bitte )?(?:[\w-]+ ){{0,5}}?{WERK}"
    r")(?![^\W\d_])",
    re.I,
)
"""Sentences that may open a call; the rest of the mail decides whether they do."""

STRONG = re.compile(
    rf"(?<![^\W\d_])(?:open call|calls? for (?:{_MODS}){WORK}|(?:submissions?"
    rf"|entries) (?:\w+ ){{0,3}}?(?:are |is )?(?:now )?(?:open|welcome|invited)"
    rf"|(?:open (?:for|to)|accepting|seeking|inviting) (?:{_MODS}){WORK}|(?:looking for|invites?"
    rf"|welcomes?|seeks?|reads?|collecting) (?:{_MODS}){WORK}"
    r"|(?:contest|competition|prize)|reading (?:period|window)"
    r"|ausschreibung|einsendeschluss|aufruf|wettbewerb|such(?:en|t)|gesucht|einsendungen"
    r"|einreichung\w*|laden\b[^.\n]{0,40}\bein|nehmen\b[^.\n]{0,60}\b(?:an|entgegen))(?![^\W\d_])",
    re.I,
)

GENRES: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "letter",
        re.compile(
            r"(?<![^\W\d_])(?<!cover )(?<!block )(?<!capital )(?<!covering )letters?(?! (?:of "
            r"|to the editor|size|carrier|format|paper|head|box))(?! \()"
            r"|\bepistolary|(?<![^\W\d_])(?:liebes|leser|reise|familien)?briefe?n?(?![^\W\d_])"
            r"|briefwechsel|briefwettbewerb",
            re.I,
        ),
    ),
    (
        "poem",
        re.compile(
            r"(?<![^\W\d_])(?:poems?|poetry|verses?|haikus?|sonnets?|gedicht(?:e|en"
            r"|manuskripte?)?|lyrik\w*"
            r"|poesie)(?![^\W\d_])",
            re.I,
        ),
    ),
    (
        "story",
        re.compile(
            r"(?<![^\W\d_])(?:(?:short[- ])?stor(?:y|ies)|(?:flash |short |micro)?fiction|tales"
            r"|prose(?! poem)|kurzgeschichte\w*|geschichten?|erzählung(?:en)?"
            r"|(?:kurz)?prosa\w*)(?![^\W\d_])",
            re.I,
        ),
    ),
    (
        "essay",
        re.compile(
            r"(?<![^\W\d_])(?:essays?|creative non-?fiction|non-?fiction|memoirs?"
            r"|personal narratives?|reportagen?|essaywettbewerb)(?![^\W\d_])",
            re.I,
        ),
    ),
    (
        "manuscript",
        re.compile(
            r"(?<![^\W\d_])(?:novels?|novellas?|chapbooks?|(?:book-length|full-length|novel|book"
            r"|unpublished) manuscripts?|romane?n?|romanmanuskripte?|romanprojekte?"
            r"|buchmanuskripte?|unveröffentlichte[rn]? manuskripte?)(?![^\W\d_])",
            re.I,
        ),
    ),
)
NO = re.compile(
    r"(?<![^\W\d_])(?:no|not|never|don['’]t|doesn['’]t|except|rather than|instead of|other than"
    r"|without|neither|nor|kein\w*|nicht|außer|ohne|weder)(?![^\W\d_])",
    re.I,
)
ASKING = re.compile(
    r"(?<![^\W\d_])(?:call|submit\w*|submission\w*|send|seek\w*|look(?:ing)? for|invite\w*"
    r"|welcome\w*|accept\w*|read(?:s|ing)?|want\w*|contest|competition|prize|entr(?:y|ies)|issue"
    r"|anthology|theme\w*|contribut\w*|publish\w*|collect\w*|needs?|consider|please|at most|up to"
    r"|\w*wettbewerb|\w*preis"
    r"|höchstens|maximal|sammel\w*|bis zu|bitte|such\w*|gesucht|send\w*|schick\w*|einsend\w*"
    r"|einreich\w*"
    r"|reichen|ausschreibung|wettbewerb"
    r"|preis|nehmen|laden|anthologie|heft|ausgabe|thema|erbitten|beiträge)(?![^\W\d_])",
    re.I,
)

CLOSED = re.compile(
    r"(?<![^\W\d_])(?:(?:submissions?|entries|call|reading (?:period|window)) (?:\w+ ){0,3}?(?:is"
    r"|are|has|have) (?:now |currently |officially )?(?:been )?closed|(?:now|currently"
    r"|temporarily) closed (?:to|for)"
    r"|closed (?:to|for) (?:\w+ )?submissions|no longer (?:accepting|open|reading)|(?:are "
    r"|is )?not (?:currently |presently )?(?:accepting|reading|open (?:for|to))|deadline (?:has"
    r"|is) (?:now )?passed|has closed"
    r"|(?:einsendeschluss|frist|ausschreibung) (?:ist|war) (?:\w+ )?(?:vorbei|abgelaufen|beendet"
    r"|verstrichen)|(?:ausschreibung|einreichung|wettbewerb) (?:ist|sind) (?:\w+ )?(?:geschlossen"
    r"|beendet|abgeschlossen)"
    r"|nehmen (?:derzeit|zurzeit|momentan|im moment|vorerst)? ?keine|winners? (?:is|are|have been"
    r"|were) (?:announced|chosen|selected)|congratulations to (?:our|the) (?:winner"
    r"|finalist))(?![^\W\d_])",
    re.I,
)
ACADEMIC = re.compile(
    r"(?<![^\W\d_])(?:call for (?:papers|abstracts|tutorials|workshops?|proposals|participation"
    r"|presentations|talks|bids|tenders|comments|votes|patches|speakers|applications)|cfp"
    r"|proceedings|program(?:me)? committee"
    r"|peer[- ]review\w*|camera[- ]ready|keynote|ieee|acm|springer|lncs|latex|symposium"
    r"|workshop papers|conference|ph\.?d|postdoc\w*|abstracts?|tagungsband|fachtagung|konferenz"
    r"|wissenschaftlich\w*|scholarly|academic|researchers?|open[- ]source|github"
    r"|pull requests?)(?![^\W\d_])",
    re.I,
)
JOB = re.compile(
    r"(?<![^\W\d_])(?:résumé|resume|curriculum|salary|full[- ]time|part[- ]time|vacanc(?:y|ies)"
    r"|job|position|hiring|applicants?|stelle(?:nausschreibung|nangebot)?|gehalt|vollzeit"
    r"|teilzeit|bewerber\w*|bewerbungsunterlagen|lebenslauf|vergabe|bauleistungen"
    r"|tender)(?![^\W\d_])",
    re.I,
)
LITERARY = re.compile(
    r"(?<![^\W\d_])(?:literar\w+|literatur\w*|anthology|anthologie|magazine|quarterly|review|zine"
    r"|press|editors?|publish\w*|unpublished|poetry|poems?|fiction|short stor(?:y|ies)|writers?"
    r"|authors?|redaktion|verlag|herausgeber\w*|zeitschrift|veröffentlich\w*|unveröffentlicht\w*"
    r"|autor\w*|lyrik|kurzgeschichte\w*|manuscripts?|manuskripte?|lesung|jury)(?![^\W\d_])",
    re.I,
)
