"""A watched Maildir: plain, Maildir++ (``.Folder``) or nested folders.

A mail is its folder and its base name; what follows ``:2,`` are flags, and whether it lies in
``new`` or ``cur`` says only whether it was seen. ``tmp`` holds mails that are not delivered yet.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
import unicodedata

from samantha.adapters.tree import TreeSource, Upkeep
from samantha.api.types import Media
from samantha.core.exclusions import Exclusions
from samantha.core.ports import SourceKind

_ROLES: dict[str, str] = {
    "inbox": "inbox posteingang boitedereception bandejadeentrada postainarrivo postvakin "
    "caixadeentrada indbakke inkorg innboks saapuneet odebrane входящие 受信トレイ 收件箱",
    "sent": "sent sentmail sentitems sentmessages gesendet gesendeteelemente gesendeteobjekte "
    "gesendetenachrichten envoyes elementsenvoyes messagesenvoyes enviados enviada enviadas "
    "elementosenviados correoenviado itensenviados inviata inviati postainviata verzonden "
    "verzondenitems skickat skickatpost sendt sendtpost sendteelementer lahetetyt wyslane odeslane "
    "odoslane elkuldott trimise gonderilmis gonderilen отправленные надіслані απεσταλμενα "
    "送信済み 送信済みアイテム 已发送 已發送 보낸편지함",
    "drafts": "draft drafts entwurf entwurfe brouillon brouillons borrador borradores bozza bozze "
    "rascunho rascunhos concepten utkast kladde kladder kladd luonnokset wersjerobocze "
    "szkice koncepty piszkozatok ciorne taslaklar черновики чернетки προχειρα 下書き 草稿 草稿箱 "
    "임시보관함",
    "archive": "archive archives archived allmail archiv archivieren allenachrichten archivo "
    "archivados archivio arquivo arquivados todososemails archief arkiv arkisto archiwum arhiva "
    "arsiv архив архів アーカイブ 存档 归档 보관함",
    "spam": "spam junk junkemail junkmail bulk bulkmail spamverdacht unerwunscht "
    "courrierindesirable indesirables pourriel correonodeseado nodeseado "
    "postaindesiderata indesiderata lixoeletronico ongewenst ongewenstemail skrappost "
    "soppel soppelpost uonsketmail roskaposti wiadomoscismieci nevyzadanaposta "
    "levelszemet istenmeyen спам 迷惑メール 垃圾邮件 스팸",
    "trash": "trash deleted deleteditems deletedmessages bin papierkorb geloscht geloschteelemente "
    "geloschteobjekte mull corbeille elementssupprimes supprimes papelera elementoseliminados "
    "eliminados cestino postaeliminata lixeira lixo itensexcluidos prullenbak verwijderd "
    "verwijderdeitems papperskorg papperskorgen papirkurv slettet slettedeelementer roskakori kosz "
    "kos odstranena odpadkovykos lomtar cosdegunoi copkutusu корзина кошик удаленные ゴミ箱 "
    "废纸篓 已删除 휴지통",
}
_ROLE_OF = {word: role for role, words in _ROLES.items() for word in words.split()}
_INHERITED = ("trash", "spam", "sent", "drafts", "archive")
_FLAGS = re.compile(r"[:;!]2,[^/]*$")
_ENCODED = re.compile(r"&([A-Za-z0-9+,]*)-")
_PLACES = ("cur", "new")


def _decoded(name: str) -> str:
    """Decode a folder name from IMAP's modified UTF-7; one that is not stays as it is."""

    def piece(match: re.Match[str]) -> str:
        coded = match[1].replace(",", "/")
        if not coded:
            return "&"
        try:
            raw = base64.b64decode(coded + "=" * (-len(coded) % 4), validate=True)
            return raw.decode("utf-16-be")
        except (binascii.Error, UnicodeDecodeError):
            return match[0]

    return _ENCODED.sub(piece, name)


def _plain(name: str) -> str:
    """Return letters and digits alone, without case and accents."""
    spread = unicodedata.normalize("NFKD", _decoded(name).replace("ø", "o").replace("Ø", "O"))
    folded = spread.casefold().replace("ł", "l").replace("ı", "i")
    return "".join(c for c in folded if c.isalnum())


_ROLE_BY_NAME = {_plain(word): role for word, role in _ROLE_OF.items()}


def role_of(folder: str) -> str:
    """Return the role of a folder by its path below the Maildir's root, in many languages."""
    parts = [p for p in re.split(r"[/.]", folder) if p]
    if not parts:
        return "inbox"
    roles = [_ROLE_BY_NAME.get(_plain(p), "") for p in parts]
    return next((role for role in _INHERITED if role in roles), roles[-1])


class MaildirSource(TreeSource):
    """A Maildir with its folders, but for spam and trash."""

    kind: SourceKind = "maildir"
    media: Media = "mail"
    arrives_whole = True

    def __init__(
        self,
        name: str,
        root: str,
        exclusions: Exclusions | None = None,
        upkeep: Upkeep | None = None,
    ) -> None:
        super().__init__(name, root, upkeep)
        self._exclusions = exclusions
        self._folders: dict[str, bool] = {}

    def folder_role(self, path: str) -> str:
        """Return what the folder of a mail is: inbox, sent, drafts, archive, spam, trash or ''."""
        relative = path[len(self._prefix) :] if path.startswith(self._prefix) else path
        return role_of(_folder(relative))

    def key(self, path: str) -> str:
        """Return what names a mail through all its flags: its folder and its base name."""
        folder, _, name = path.rpartition("/")
        mailbox = folder.rpartition("/")[0]
        return f"{mailbox}/{_FLAGS.sub('', name)}"

    def _enters(self, relative: str) -> bool:
        known = self._folders.get(relative)
        if known is None:
            if len(self._folders) > 20_000:
                self._folders.clear()
            known = self._folders[relative] = self._delivered(relative)
        return known

    def _delivered(self, relative: str) -> bool:
        parts = relative.split("/")
        if "tmp" in parts or any(p in _PLACES for p in parts[:-1]):
            return False
        mailbox = _folder(f"{relative}/x") if parts[-1] in _PLACES else relative
        if mailbox and role_of(mailbox) in ("spam", "trash"):
            return False
        return self._exclusions is None or not self._exclusions.by_pattern(mailbox, True)

    def _takes(self, relative: str) -> bool:
        folder, _, name = relative.rpartition("/")
        if folder.rpartition("/")[2] not in _PLACES or not self._enters(folder):
            return False
        return not name.startswith((".", "dovecot")) and not name.endswith(".lock")


def flagged_now(path: str) -> str:
    """Return where a mail lies whose flags have changed since it was known by this path, or ''."""
    folder, _, name = path.rpartition("/")
    mailbox, _, place = folder.rpartition("/")
    if place not in _PLACES:
        return ""
    base = _FLAGS.sub("", name)
    for other in _PLACES:
        try:
            names = os.listdir(f"{mailbox}/{other}")  # noqa: PTH208
        except OSError:
            continue
        for one in names:
            if _FLAGS.sub("", one) == base:
                return f"{mailbox}/{other}/{one}"
    return ""


def _folder(relative: str) -> str:
    """Return the mailbox of a mail's path: what is above ``cur`` or ``new``."""
    return "/".join(relative.split("/")[:-2])
