"""Writes NormalizationTables.cs (canonical decompositions and combining classes) and CompatibilityTables.cs
(compatibility decompositions and what two characters compose to) in src/Engine/Tokenization/Unicode.

The runtime's own normalisation needs ICU, which invariant globalisation switches off. Run it again for a newer Unicode:
    python3 eng/unicode/normalization.py
"""

import base64
import pathlib
import sys
import unicodedata
import zlib

HANGUL = range(0xAC00, 0xD7A4)  # decomposed by arithmetic


def number(value):
    """Seven bits a byte, the lowest first, the top bit set on all but the last."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def decompositions_data(decompositions):
    """The count, then each as distance from the last code point, length and parts."""
    out = number(len(decompositions))
    last = 0
    for point, parts in decompositions:
        out += number(point - last) + number(len(parts)) + b"".join(number(part) for part in parts)
        last = point
    return out


def write(name, summary, remarks, data):
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = base64.b64encode(packer.compress(data) + packer.flush()).decode()
    lines = "\n".join(f'        "{packed[i:i + 100]}" +' for i in range(0, len(packed), 100)).removesuffix(" +")
    target = pathlib.Path(__file__).parents[2] / f"src/Engine/Tokenization/Unicode/{name}.cs"
    target.write_text(f"""namespace Ratchet.Engine.Tokenization.Unicode;

/// <summary>Unicode {unicodedata.unidata_version}: {summary}, packed.</summary>
/// <remarks>
{remarks}
/// </remarks>
internal static class {name}
{{
    internal const string Packed =
{lines};
}}
""")


decompositions, compatibility, classes, compositions = [], [], [], []
for point in range(sys.maxunicode + 1):
    if 0xD800 <= point < 0xE000:
        continue
    char = chr(point)
    text = unicodedata.normalize("NFD", char)
    if text != char and point not in HANGUL:
        decompositions.append((point, [ord(c) for c in text]))
    wide = unicodedata.normalize("NFKD", char)
    if wide != text and point not in HANGUL:
        compatibility.append((point, [ord(c) for c in wide]))
    if unicodedata.combining(char):
        classes.append((point, unicodedata.combining(char)))
    parts = unicodedata.decomposition(char).split()
    if len(parts) == 2 and not parts[0].startswith("<") and unicodedata.normalize("NFC", char) == char:
        compositions.append((point, int(parts[0], 16), int(parts[1], 16)))

runs = []
for point, value in classes:
    if runs and runs[-1][2] == value and runs[-1][0] + runs[-1][1] == point:
        runs[-1][1] += 1
    else:
        runs.append([point, 1, value])

data = decompositions_data(decompositions) + number(len(runs))
last = 0
for start, length, value in runs:
    data += number(start - last) + number(length) + number(value)
    last = start

write("NormalizationTables", "canonical decompositions and combining classes", """\
/// Written by eng/unicode/normalization.py. Base64 of deflated numbers, seven bits a byte: the count of decompositions, each as
/// distance from the last code point, length and parts; then the count of runs of one combining class, each as distance
/// from the last run's start, length and class.""", data)

data = decompositions_data(compatibility) + number(len(compositions))
last = 0
for point, first, second in compositions:
    data += number(point - last) + number(first) + number(second)
    last = point

write("CompatibilityTables", "compatibility decompositions and compositions", """\
/// Written by eng/unicode/normalization.py. Base64 of deflated numbers, seven bits a byte: the count of decompositions, each as
/// distance from the last code point, length and parts; then the count of compositions, each as distance from the last
/// composite, first character and second.""", data)
