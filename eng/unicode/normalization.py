"""Writes src/Engine/Tokenization/Unicode/NormalizationTables.cs: canonical decompositions and combining classes.

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


decompositions, classes = [], []
for point in range(sys.maxunicode + 1):
    if 0xD800 <= point < 0xE000:
        continue
    text = unicodedata.normalize("NFD", chr(point))
    if text != chr(point) and point not in HANGUL:
        decompositions.append((point, [ord(c) for c in text]))
    if unicodedata.combining(chr(point)):
        classes.append((point, unicodedata.combining(chr(point))))

data = number(len(decompositions))
last = 0
for point, parts in decompositions:
    data += number(point - last) + number(len(parts)) + b"".join(number(part) for part in parts)
    last = point

runs = []
for point, value in classes:
    if runs and runs[-1][2] == value and runs[-1][0] + runs[-1][1] == point:
        runs[-1][1] += 1
    else:
        runs.append([point, 1, value])

data += number(len(runs))
last = 0
for start, length, value in runs:
    data += number(start - last) + number(length) + number(value)
    last = start

packer = zlib.compressobj(9, zlib.DEFLATED, -15)
packed = base64.b64encode(packer.compress(data) + packer.flush()).decode()
lines = "\n".join(f'        "{packed[i:i + 100]}" +' for i in range(0, len(packed), 100)).removesuffix(" +")
target = pathlib.Path(__file__).parents[2] / "src/Engine/Tokenization/Unicode/NormalizationTables.cs"
target.write_text(f"""namespace Ratchet.Engine.Tokenization.Unicode;

/// <summary>Unicode {unicodedata.unidata_version}: canonical decompositions and combining classes, packed.</summary>
/// <remarks>
/// Written by eng/unicode/normalization.py. Base64 of deflated numbers, seven bits a byte: the count of decompositions, each as
/// distance from the last code point, length and parts; then the count of runs of one combining class, each as distance
/// from the last run's start, length and class.
/// </remarks>
internal static class NormalizationTables
{{
    internal const string Packed =
{lines};
}}
""")
