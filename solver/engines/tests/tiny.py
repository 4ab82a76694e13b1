"""A tiny random Qwen2 in the hub's format, with a real tokenizer and a Qwen-style chat template."""

from pathlib import Path

END, START, STOP = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
CONTEXT_TOKENS = 49_152
TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content']"
    " + '<|im_end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
CORPUS = [
    "Let's think step by step and output the final answer within \\boxed{}.",
    "The sum of two even numbers is even, because 2a + 2b = 2(a + b).",
    "设 x 为未知数，则方程 2x + 3 = 7 的解是 x = 2。",
    "Ten ants met one tin tent; nine went on, none are at one inn.",
]


def save_tokenizer(folder: Path) -> int:
    """Byte-level BPE, as Qwen's: any text goes through unchanged. Returns its size."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=[END, START, STOP],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token=STOP,
        pad_token=END,
        additional_special_tokens=[START],
        chat_template=TEMPLATE,
        model_max_length=CONTEXT_TOKENS,
    )
    fast.save_pretrained(folder)
    return len(fast)


def save_model(folder: Path, vocabulary: int) -> None:
    """Random weights, always the same; it never ends an answer by itself when greedy."""
    import torch
    from transformers import Qwen2Config, Qwen2ForCausalLM

    torch.manual_seed(7)
    config = Qwen2Config(
        vocab_size=vocabulary,
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=CONTEXT_TOKENS,
        initializer_range=0.2,
        tie_word_embeddings=False,
        eos_token_id=2,
        pad_token_id=0,
    )
    model = Qwen2ForCausalLM(config)
    with torch.no_grad():
        model.lm_head.weight[:3] = 0  # special tokens are never the likeliest
    model.save_pretrained(folder)


def save_tiny(folder: Path) -> Path:
    """Model and tokenizer together."""
    save_model(folder, save_tokenizer(folder))
    return folder
