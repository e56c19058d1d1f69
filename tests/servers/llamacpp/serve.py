"""llama.cpp's own HTTP server with a model of random weights: `python serve.py PORT FOLDER`.

Runs in an environment of its own that has xllamacpp. The model is written here, half a megabyte of noise in GGUF
(https://github.com/ggml-org/ggml/blob/master/docs/gguf.md): it says nothing of sense, but in exactly the shapes that
llama.cpp gives it, and within the grammar made of our schema. Prints one line of JSON when it is ready.
"""

from __future__ import annotations

import array
import json
import random
import struct
import sys
import time
from pathlib import Path
from typing import Any

WIDTH, HEADS, LAYERS, INNER, CONTEXT = 64, 4, 2, 128, 8192
U32, F32, BOOL, STRING, ARRAY, I32 = 4, 6, 7, 8, 9, 5
ALIGNED = 32
TEMPLATE = "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}assistant:"


def text(value: str) -> bytes:
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def value(kind: int, given: Any) -> bytes:
    if kind == STRING:
        return text(given)
    return struct.pack({U32: "<I", F32: "<f", BOOL: "<?", I32: "<i"}[kind], given)


def write(path: Path) -> None:
    tokens = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
    kinds = [2, 3, 3, *[6] * 256]
    letters = [*map(chr, range(32, 127)), "\u2581"]
    tokens += letters
    kinds += [1] * len(letters)
    scores = [0.0] * 3 + [-1000.0] * 256 + [-1.0] * len(letters)
    facts: list[tuple[str, int, Any]] = [
        ("general.architecture", STRING, "llama"),
        ("general.name", STRING, "noise"),
        ("llama.context_length", U32, CONTEXT),
        ("llama.embedding_length", U32, WIDTH),
        ("llama.block_count", U32, LAYERS),
        ("llama.feed_forward_length", U32, INNER),
        ("llama.attention.head_count", U32, HEADS),
        ("llama.attention.head_count_kv", U32, HEADS),
        ("llama.attention.layer_norm_rms_epsilon", F32, 1e-5),
        ("llama.rope.dimension_count", U32, WIDTH // HEADS),
        ("llama.vocab_size", U32, len(tokens)),
        ("tokenizer.ggml.model", STRING, "llama"),
        ("tokenizer.ggml.bos_token_id", U32, 1),
        ("tokenizer.ggml.eos_token_id", U32, 2),
        ("tokenizer.ggml.unknown_token_id", U32, 0),
        ("tokenizer.ggml.add_bos_token", BOOL, True),
        ("tokenizer.chat_template", STRING, TEMPLATE),
    ]
    lists: list[tuple[str, int, list[Any]]] = [
        ("tokenizer.ggml.tokens", STRING, tokens),
        ("tokenizer.ggml.scores", F32, scores),
        ("tokenizer.ggml.token_type", I32, kinds),
    ]
    sizes = [
        ("token_embd.weight", WIDTH, len(tokens)),
        ("output_norm.weight", WIDTH, 0),
        ("output.weight", WIDTH, len(tokens)),
    ]
    for layer in range(LAYERS):
        named = {"attn_norm": (WIDTH, 0), "ffn_norm": (WIDTH, 0), "ffn_gate": (WIDTH, INNER), "ffn_up": (WIDTH, INNER)}
        named |= {"ffn_down": (INNER, WIDTH)}
        named |= dict.fromkeys(("attn_q", "attn_k", "attn_v", "attn_output"), (WIDTH, WIDTH))
        sizes += [(f"blk.{layer}.{name}.weight", *size) for name, size in named.items()]

    head = b"GGUF" + struct.pack("<IQQ", 3, len(sizes), len(facts) + len(lists))
    head += b"".join(text(name) + struct.pack("<I", kind) + value(kind, given) for name, kind, given in facts)
    for name, kind, given in lists:
        head += text(name) + struct.pack("<IIQ", ARRAY, kind, len(given)) + b"".join(value(kind, one) for one in given)
    noise, body = random.Random(7), b""
    for name, inner, outer in sizes:
        shape = [inner, outer] if outer else [inner]
        head += text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, 0, len(body))
        numbers = [noise.gauss(0, 0.05) for _ in range(inner * outer)] if outer else [1.0] * inner
        body += array.array("f", numbers).tobytes()
        body += bytes(-len(body) % ALIGNED)
    path.write_bytes(head + bytes(-len(head) % ALIGNED) + body)


def main() -> None:
    import xllamacpp  # type: ignore[import-not-found]

    port, folder = int(sys.argv[1]), Path(sys.argv[2])
    write(folder / "noise.gguf")
    wanted = xllamacpp.CommonParams()
    wanted.model.path = str(folder / "noise.gguf")
    wanted.hostnames = ["127.0.0.1"]
    wanted.port = port
    wanted.n_ctx = CONTEXT
    wanted.n_parallel = 2
    wanted.warmup = False
    # Its threads wait by spinning: more than one of them starve everything else on a small machine.
    wanted.cpuparams.n_threads = wanted.cpuparams_batch.n_threads = 1
    server = xllamacpp.Server(wanted)
    print(json.dumps({"url": server.listening_address}), flush=True)
    while True:
        time.sleep(60)


if __name__ == "__main__":
    main()
