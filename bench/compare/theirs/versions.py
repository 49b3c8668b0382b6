"""Versions of the Python peers, as JSON."""
import json
import platform

import faiss
import numpy
import torch

print(json.dumps({"Python": platform.python_version(), "torch": torch.__version__, "faiss": faiss.__version__, "numpy": numpy.__version__}))
