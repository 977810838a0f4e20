#!/usr/bin/env python3
"""Builds the word tables of the verb/noun splitter from WordNet 3.0.

    ./build.py /usr/share/wordnet        (Debian: package wordnet-base)

writes, beside itself, `words.tsv`, `phrasal.tsv`, `irregular.tsv`, `compounds.txt`, `plurals.txt` and `things.tsv`;
README.md says what each holds.
"""
import collections
import pathlib
import re
import sys

WORDNET = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else '/usr/share/wordnet')
HERE = pathlib.Path(__file__).parent
PARTS = ('noun', 'verb', 'adj', 'adv')
# Sentence frames in which the verb takes an object (wninput(5)).
TRANSITIVE = {8, 9, 10, 11, 14, 15, 16, 17, 18, 19, 20, 21, 24, 25, 26, 28, 30, 31, 33}


def lines(name):
    with open(WORDNET / name, encoding='latin-1') as file:
        yield from (line for line in file if not line.startswith(' '))


# How often each lemma was tagged with each part of speech, and its number of senses.
counts = collections.defaultdict(lambda: [0, 0, 0, 0])
for line in lines('cntlist.rev'):
    key, _, count = line.split()
    lemma, rest = key.split('%')
    counts[lemma][{1: 0, 2: 1, 3: 2, 4: 3, 5: 2}[int(rest[0])]] += int(count)
senses = collections.defaultdict(lambda: [0, 0, 0, 0])
offsets = {part: {} for part in PARTS}
for index, part in enumerate(PARTS):
    for line in lines(f'index.{part}'):
        fields = line.split()
        number = int(fields[2])
        senses[fields[0]][index] = number
        offsets[part][fields[0]] = fields[-number:]


def weight(lemma, part):
    """Twice (tagged occurrences + half of the senses)."""
    return 2 * counts[lemma][part] + senses[lemma][part] if lemma in senses else 0


# Which verbs take an object in their first two senses.
frames = {}
for line in lines('data.verb'):
    fields = line.split(' | ')[0].split()
    words = int(fields[3], 16)
    pointers = int(fields[4 + 2 * words])
    rest = fields[5 + 2 * words + 4 * pointers:]
    frames[fields[0]] = {int(rest[i + 1]) for i in range(1, len(rest) - 2, 3)} if rest else set()


def transitive(lemma):
    return int(any(frames.get(o, set()) & TRANSITIVE for o in offsets['verb'].get(lemma, [])[:1]))


WORD = re.compile(r"[a-z][a-z'-]*")
kept = []
for lemma in sorted(senses):
    if not WORD.fullmatch(lemma):
        continue
    noun, verb, adjective, adverb = (weight(lemma, i) for i in range(4))
    if verb or adverb or (adjective >= 4 and adjective > noun):
        kept.append(f'{lemma}\t{noun}\t{verb}\t{adjective}\t{adverb}\t{transitive(lemma)}')
(HERE / 'words.tsv').write_text('\n'.join(kept) + '\n')

phrasal = sorted(w for w in senses if senses[w][1] and re.fullmatch(r'[a-z]+_[a-z]+', w))
(HERE / 'phrasal.tsv').write_text('\n'.join(f"{w.replace('_', ' ')}\t{transitive(w)}" for w in phrasal) + '\n')

irregular = [line.split()[:2] for line in lines('verb.exc') if '_' not in line.split()[0]]
(HERE / 'irregular.tsv').write_text('\n'.join('\t'.join(pair) for pair in irregular) + '\n')

# Two-word nouns whose first word could be a verb (pole vault, parallel bars, phone call), and their plurals' heads.
compounds = sorted(
    w for w in senses
    if senses[w][0] and not senses[w][1] and re.fullmatch(r'[a-z]+_[a-z]+', w) and senses.get(w.split('_')[0], [0] * 4)[1]
)
(HERE / 'compounds.txt').write_text('\n'.join(w.replace('_', ' ') for w in compounds) + '\n')

# Kinds of things, by WordNet's hyponym tree: what a phrase without a verb is about, and so which verb it lacks.
synsets, files = {}, {}
for line in lines('data.noun'):
    fields = line.split(' | ')[0].split()
    words = int(fields[3], 16)
    names = [fields[4 + 2 * i].lower() for i in range(words)]
    first = 4 + 2 * words
    below = [
        fields[first + 2 + 4 * j]
        for j in range(int(fields[first]))
        if fields[first + 1 + 4 * j] in ('~', '~i') and fields[first + 3 + 4 * j] == 'n'
    ]
    synsets[fields[0]] = (names, below)
    files[fields[0]] = fields[1]

# kind: (lemma, sense number) roots. Earlier kinds win.
KINDS = {
    'ailment': [('pain', 1), ('symptom', 1), ('ill_health', 1), ('injury', 1), ('ache', 1), ('seizure', 1), ('attack', 7)],
    'game': [('game', 1), ('game', 3), ('sport', 1), ('card_game', 1), ('athletic_game', 1)],
    'instrument': [('musical_instrument', 1)],
    'dance': [('dancing', 1)],
    'act': [('acrobatic_stunt', 1), ('exercise', 1), ('gymnastic_exercise', 1)],
    'garment': [('clothing', 1), ('footwear', 1), ('footwear', 2), ('headdress', 1), ('jewelry', 1), ('spectacles', 1)],
    'beverage': [('beverage', 1)],
    'food': [('food', 1), ('food', 2), ('foodstuff', 2), ('edible_fruit', 1)],
    'mount': [('cycle', 6), ('bicycle', 1), ('motorcycle', 1), ('horse', 1), ('skateboard', 1), ('scooter', 2)],
    'vehicle': [('motor_vehicle', 1)],
}
# Lexicographer files (lexnames(5)) whose common words are kinds too: what they are, where no tree above says more.
FILES = {'04': 'act', '05': 'animal', '06': 'tool', '08': 'body', '18': 'person'}


def closure(roots):
    found, queue = set(), list(roots)
    while queue:
        offset = queue.pop()
        if offset not in found:
            found.add(offset)
            queue += synsets[offset][1]
    return found


def verb_like(lemma):
    return weight(lemma, 1) and weight(lemma, 1) >= weight(lemma, 0)


things = {}
for kind, roots in KINDS.items():
    inside = closure(offsets['noun'][lemma][sense - 1] for lemma, sense in roots if len(offsets['noun'].get(lemma, [])) >= sense)
    for offset in inside:
        for name in synsets[offset][0]:
            own = offsets['noun'].get(name, [])
            plain = re.fullmatch(r"[a-z][a-z_'-]*", name) and name.count('_') <= 2
            main = own and (own[0] == offset or kind in ('dance', 'act') or (kind == 'ailment' and ('_' in name or name.endswith('ache'))))
            # Rare two- and three-word names are not typed; words of the trade would only fill the table.
            usual = '_' not in name or kind in ('ailment', 'game', 'dance')
            if plain and main and usual and not (kind == 'ailment' and verb_like(name)):
                things.setdefault(name.replace('_', ' '), kind)
for name, own in offsets['noun'].items():
    kind = FILES.get(files[own[0]])
    if kind and WORD.fullmatch(name) and counts[name][0] >= 1 and not verb_like(name):
        things.setdefault(name, kind)
(HERE / 'things.tsv').write_text('\n'.join(f'{name}\t{kind}' for name, kind in sorted(things.items())) + '\n')


# Nouns that end in s and are lemmas themselves (clothes, glasses), though cutting the s would leave a verb.
def cut(word):
    return [word[:-1], word[:-2] if word.endswith('es') else '', word[:-3] + 'y' if word.endswith('ies') else '']


plural = sorted(
    w for w in list(senses)
    if senses[w][0] and re.fullmatch(r'[a-z]+s', w) and not w.endswith('ss') and not senses[w][1]
    and any(x in senses and senses[x][1] for x in cut(w)) and counts[w][0] >= max(counts[x][1] if x in counts else 0 for x in cut(w))
)
(HERE / 'plurals.txt').write_text('\n'.join(plural) + '\n')
