"""A language model of a few weights, set by hand, as a GGUF file: each answer's chance is known.

Attention and feed-forward are zero, so the next token depends on the last one alone. The embedding
is one direction for each token that matters, and RMSNorm makes it sqrt(width) long. The output
weights are log-probabilities over that.
"""

from pathlib import Path

import gguf
import numpy as np

ANSWERS = {"7": 0.5, "8": 0.3, "9": 0.15, "42": 0.05}
WIDTH = 32
NEVER = -60.0


def write(path: Path) -> Path:
    """Write a model that gives one of `ANSWERS` to any question, then ends the text."""
    words = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256)), "Q", *ANSWERS]
    kinds = [
        gguf.TokenType.UNKNOWN,
        gguf.TokenType.CONTROL,
        gguf.TokenType.CONTROL,
        *[gguf.TokenType.BYTE] * 256,
        *[gguf.TokenType.NORMAL] * (1 + len(ANSWERS)),
    ]
    end, question = words.index("</s>"), words.index("Q")
    embedding, output = (
        np.zeros((len(words), WIDTH), np.float32),
        np.full((len(words), WIDTH), 0, np.float32),
    )
    embedding[question, 0] = 1
    output[:, 0] = NEVER
    output[:, 1] = NEVER
    for word, chance in ANSWERS.items():
        embedding[words.index(word), 1] = 1
        output[words.index(word), 0] = np.log(chance)
    output[end, 1] = 0
    output /= np.sqrt(WIDTH)

    writer = gguf.GGUFWriter(path, "llama")
    writer.add_block_count(1)
    writer.add_context_length(16384)
    writer.add_embedding_length(WIDTH)
    writer.add_feed_forward_length(WIDTH)
    writer.add_head_count(1)
    writer.add_head_count_kv(1)
    writer.add_rope_dimension_count(WIDTH)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_vocab_size(len(words))
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(words)
    writer.add_token_scores([0.0] * len(words))
    writer.add_token_types(kinds)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(end)
    writer.add_unk_token_id(0)
    writer.add_add_bos_token(False)
    writer.add_add_space_prefix(False)
    writer.add_chat_template("Q")
    zero, one = np.zeros((WIDTH, WIDTH), np.float32), np.ones(WIDTH, np.float32)
    writer.add_tensor("token_embd.weight", embedding)
    writer.add_tensor("output_norm.weight", one)
    writer.add_tensor("output.weight", output)
    for name in ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"):
        writer.add_tensor(f"blk.0.{name}.weight", zero)
    for name in ("attn_norm", "ffn_norm"):
        writer.add_tensor(f"blk.0.{name}.weight", one)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
