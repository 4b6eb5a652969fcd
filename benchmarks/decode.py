"""Decode speed on the load generator's traffic: spans/s and CPU seconds per 1000 spans.

python benchmarks/decode.py --generator path/to/otlp_gen.py
"""

import argparse
import importlib.util
import time

from solvent.settings import Intake
from solvent.traces.otlp import PROTOBUF, check, decode


def main() -> None:
    """Print the figures of `check` and `decode`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--generator", required=True, help="a file with a class `Generator`")
    parser.add_argument("--spans", type=int, default=16_384)
    parser.add_argument("--batch", type=int, default=512)
    options = parser.parse_args()
    spec = importlib.util.spec_from_file_location("load", options.generator)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    generator = module.Generator(seed=7)
    start = 1_700_000_000_000_000_000
    batches = [b for _, b, _ in generator.batches(options.spans, options.batch, start, 10**6)]
    intake = Intake()
    for name, run in (
        ("check", lambda body: check(body, PROTOBUF, intake).spans),
        ("decode", lambda body: len(_decode(body, intake).batch.spans)),
    ):
        run(batches[0])
        wall, cpu = time.perf_counter(), time.process_time()
        spans = sum(run(body) for body in batches)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        print(f"{name}: {spans / wall:,.0f} spans/s, {cpu / spans * 1000:.4f} CPU s/1000 spans")


def _decode(body, intake):
    return decode(body, PROTOBUF, project="bench", intake=intake, received_at=1_700_000_000_000_000)


if __name__ == "__main__":
    main()
