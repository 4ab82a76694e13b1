"""Models of a given shape with random weights, for machines that lack the real ones.

Speed does not depend on what the weights are, except where an answer would end early; the
benchmark never ends one before its length.
"""

from pathlib import Path
from typing import Any

from ..folders import write_whole

# Qwen2 configurations. vibethinker-1.5b: the shape of Qwen2.5-Math-1.5B, which VibeThinker-1.5B is
# built on and keeps, with a longer context.
SHAPES: dict[str, dict[str, Any]] = {
    "vibethinker-1.5b": {
        "vocab_size": 151_936,
        "hidden_size": 1536,
        "intermediate_size": 8960,
        "num_hidden_layers": 28,
        "num_attention_heads": 12,
        "num_key_value_heads": 2,
        "max_position_embeddings": 131_072,
        "tie_word_embeddings": True,
    },
    "tiny": {
        "vocab_size": 512,
        "hidden_size": 64,
        "intermediate_size": 128,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 49_152,
        "tie_word_embeddings": True,
    },
}
TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content']"
    " + '<|im_end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")


def shaped_folder(shape: str, models_dir: Path) -> Path:
    """The folder of a model of this shape; made on first use."""
    folder = models_dir / f"random-{shape}"
    if not folder.is_dir():
        write_whole(folder, lambda draft: save_shape(SHAPES[shape], draft))
    return folder


def save_shape(config: dict[str, Any], folder: Path) -> None:
    """Random bfloat16 weights and a byte-level tokenizer, in the hub's format."""
    import torch
    from transformers import Qwen2Config, Qwen2ForCausalLM

    torch.manual_seed(0)
    with torch.device("meta"):
        model = Qwen2ForCausalLM(Qwen2Config(**config, eos_token_id=2, pad_token_id=0))
    model = model.to(torch.bfloat16).to_empty(device="cpu")
    model.tie_weights()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(0.0, 0.02)
    model.save_pretrained(folder)
    save_bytes_tokenizer(folder)


def save_bytes_tokenizer(folder: Path) -> None:
    """Every byte is a token: no text is too strange, and nothing has to be downloaded."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: number for number, token in enumerate([*SPECIAL, *alphabet])}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token=SPECIAL[2],
        pad_token=SPECIAL[0],
        additional_special_tokens=[SPECIAL[1]],
        chat_template=TEMPLATE,
    )
    fast.save_pretrained(folder)
