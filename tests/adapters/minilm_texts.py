"""Texts of many scripts and shapes, by group."""

from __future__ import annotations

_LETTER = (
    "The ferry was late again and the rain came in sideways, so I sat under the harbour clock "
    "with your letter open on my knee and read it twice. You ask whether the house is finished. "
)

TEXTS: dict[str, tuple[str, ...]] = {
    "english": (
        "Dear Ingrid, the lamp on the pier was lit tonight for the first time since March.",
        "Invoice 2291: please pay 48.20 EUR by the end of the month.",
        "Can you send me the signed contract before Friday?",
        "We invite submissions of unpublished letters, at most 3,000 words, until 1 June.",
        "ALL CAPITALS, THEN lower; don't, won't, it's — and “curly” quotes…",
        "a",
        "Supercalifragilisticexpialidocious antidisestablishmentarianism",
        "The meeting moved to 3 pm; bring the minutes.",
        "Naked trees. Wet slate. A dog somewhere.",
        "Your parcel is out for delivery. Do not reply to this message.",
    ),
    "german": (
        "Liebe Großmutter, der Schnee liegt schon bis zur Gartentür.",
        "Die Überweisung über 1.250,00 € ist bis zum 15. Mai fällig.",
        "Würden Sie mir bitte den Entwurf der Geschäftsordnung schicken?",
        "Donaudampfschifffahrtsgesellschaftskapitänsmütze",
        "STRASSE, Straße, Füße, ẞ",
        "Ich kündige den Vertrag fristgerecht zum nächstmöglichen Zeitpunkt.",
    ),
    "accents": (
        "Où est passé l'été ? Noël approche, déjà.",
        "El niño soñó con una cigüeña en Ávila.",
        "Příliš žluťoučký kůň úpěl ďábelské ódy.",
        "Łódź, Kraków, Gdańsk: zażółć gęślą jaźń",
        "İstanbul'da ışıklar, ğ ve ş",
        "Þórður á Íslandi; smørrebrød på Østerbro; hyvää yötä",
        "Tiếng Việt có nhiều dấu: ế, ộ, ữ, ặ",
        "cafe\u0301 decomposed, café composed",
        "Ο Οδυσσέας γύρισε στην Ιθάκη. ΟΔΥΣΣΕΥΣ",
        "Съешь ещё этих мягких французских булок, Йод",
    ),
    "cjk": (
        "今天的雨下得很大，我们明天再去。",
        "東京タワーはきれいです。カタカナとひらがな",
        "請在六月一日前寄出稿件。",
        "混ぜた text と 漢字 and English",
        "𠀋𡈽 \uf900\ufa10",
        "ガギグゲゴ パピプペポ",
    ),
    "hangul": (
        "안녕하세요, 오늘은 비가 많이 옵니다.",
        "서울에서 부산까지 기차로 세 시간",
        "편지를 다음 주 금요일까지 보내 주세요.",
        "값싼 닭고기와 읽다 앉다",
    ),
    "devanagari": (
        "नमस्ते, आज मौसम बहुत अच्छा है।",
        "कृपया शुक्रवार तक पत्र भेज दीजिए।",
        "हिन्दी में संयुक्त अक्षर: क्ष त्र ज्ञ",
        "बिल की राशि १२५० रुपये है",
    ),
    "other scripts": (
        "السلام عليكم ورحمة الله، كيف حالك اليوم؟",
        "שלום עולם, מה שלומך היום?",
        "สวัสดีครับ วันนี้ฝนตก",
        "தமிழ் எழுத்துக்கள் அழகானவை",
        "Ⅳ ½ ﬁ ﬂ ℃ № ™ ① 𝔘𝔫𝔦𝔠𝔬𝔡𝔢",
    ),
    "emoji": ("🎉🎉 party at 8 👩‍👩‍👧‍👦!", "👍🏽", "I ❤️ you 🇩🇪", "☕ → 🛏"),
    "code": (
        "def f(x): return {k: v for k, v in x.items() if v is not None}  # why",
        "SELECT id, name FROM users WHERE a >= 3 AND b != 'x'; -- done",
        "https://example.org/a/b?c=d&e=%20#f  user@example.org  C:\\temp\\x.txt",
        "[SEP] [CLS] [MASK] [PAD] [unused5] ##ing ▁word a▁b",
    ),
    "numbers": ("3.14159265358979", "2024-02-29T23:59:60Z +49 (0)30 1234567", "1" * 60),
    "empty": ("", " ", "\n\t\r\n", "\0\x01\x7f", "\u200b\u200d\ufeff", "\ufffd"),
    "long": (_LETTER * 40, "word " * 5_000, "雨" * 900, "a, " * 400, "가나다라마바사 " * 120),
    "long words": ("x" * 200, "ok " + "y" * 101 + " and " + "z" * 100, ("q" * 200 + " ") * 300),
    "broken": (
        "a lone \ud800 surrogate \udfff",
        "\u0301\u0327" * 300,
        "\u202e right to left \u202c",
        "a\u2028b\u2029c\u00a0d\u3000e\x1cf\x85g",
    ),
}
