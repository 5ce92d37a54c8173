"""Makes the GGUF files of the tests with the published Python package gguf (0.19): pip install gguf numpy; python make.py

blocks.gguf holds a tensor of each type, and beside it, as F32 under NAME.expected, what that package makes of it.
llama.gguf and qwen2.gguf are tiny models; llama.safetensors and qwen2.safetensors are the same in Hugging Face's layout.
split-0000?-of-00003.gguf are llama.gguf in three files, as that package splits one.
"""
import json, struct
import numpy as np
from gguf import GGUFReader, GGUFValueType, GGUFWriter, GGMLQuantizationType as T, GGML_QUANT_SIZES, quantize, dequantize

rng = np.random.default_rng(20261126)


def blocks():
    writer = GGUFWriter('blocks.gguf', 'none')
    for name in ['F32', 'F16', 'BF16', 'Q4_0', 'Q4_1', 'Q5_0', 'Q5_1', 'Q8_0', 'Q4_K', 'Q5_K', 'Q6_K']:
        kind = T[name]
        if name.endswith('_K'):  # the package only reads these: any bytes are a block, as long as its scales are finite
            weights, size = GGML_QUANT_SIZES[kind]
            data = rng.integers(0, 256, (2, 512 // weights * size), dtype=np.uint8)
            scales = [208] if name == 'Q6_K' else [0, 2]
            for block in range(0, data.shape[1], size):
                for at in scales:
                    for row in range(2):
                        data[row, block + at:block + at + 2] = np.frombuffer(np.float16(rng.normal() * .1).tobytes(), np.uint8)
        else:
            data = quantize((rng.normal(size=(2, 96)) * .3).astype(np.float32), kind)
        expected = dequantize(data, kind).astype(np.float32)
        if data.dtype == np.uint8:
            writer.add_tensor(name, data, raw_dtype=kind)
        else:
            writer.add_tensor(name, data)
        writer.add_tensor(name + '.expected', expected)
    finish(writer)


def finish(writer):
    writer.write_header_to_file(); writer.write_kv_data_to_file(); writer.write_tensors_to_file(); writer.close()


def interleave(w, heads):
    """How converters order the rows of Llama's query and key projections."""
    return w.reshape(heads, 2, w.shape[0] // heads // 2, *w.shape[1:]).swapaxes(1, 2).reshape(w.shape)


def safetensors(path, tensors):
    header, offset = {}, 0
    for name, w in sorted(tensors.items()):
        header[name] = {'dtype': 'F32', 'shape': list(w.shape), 'data_offsets': [offset, offset + 4 * w.size]}
        offset += 4 * w.size
    text = json.dumps(header).encode(); text += b' ' * (-len(text) % 8)
    with open(path, 'wb') as f:
        f.write(struct.pack('<Q', len(text))); f.write(text)
        for _, w in sorted(tensors.items()):
            f.write(np.ascontiguousarray(w, '<f4').tobytes())


PARTS = {'attn_q': 'self_attn.q_proj', 'attn_k': 'self_attn.k_proj', 'attn_v': 'self_attn.v_proj', 'attn_output': 'self_attn.o_proj',
         'ffn_gate': 'mlp.gate_proj', 'ffn_up': 'mlp.up_proj', 'ffn_down': 'mlp.down_proj', 'attn_norm': 'input_layernorm',
         'ffn_norm': 'post_attention_layernorm'}


def model(arch, kinds):
    heads, kv, size, hidden, inner, layers = 4, 2, 8, 32, 64, 2
    tokens, types, scores, merges = vocabulary(arch)
    writer, out = GGUFWriter(arch + '.gguf', arch), {}
    writer.add_block_count(layers); writer.add_context_length(256); writer.add_embedding_length(hidden)
    writer.add_feed_forward_length(inner); writer.add_head_count(heads); writer.add_head_count_kv(kv)
    writer.add_layer_norm_rms_eps(1e-5); writer.add_rope_freq_base(500000.0); writer.add_rope_dimension_count(size)
    writer.add_tokenizer_model('llama' if arch == 'llama' else 'gpt2'); writer.add_token_list(tokens); writer.add_token_types(types)
    if arch == 'llama':
        writer.add_token_scores(scores); writer.add_bos_token_id(1); writer.add_eos_token_id(2); writer.add_unk_token_id(0)
    else:
        writer.add_tokenizer_pre('qwen2'); writer.add_token_merges(merges); writer.add_eos_token_id(len(tokens) - 1)
        writer.add_add_bos_token(False)
    writer.add_chat_template("{% for m in messages %}{{ m['content'] }}{% endfor %}")
    if arch == 'llama':  # as published for Llama 3: factor 8, low 1, high 4, original context 8192
        wave = 2 * np.pi * 500000.0 ** (np.arange(0, size, 2) / size)
        kept = np.clip((8192 / wave - 1) / 3, 0, 1)
        writer.add_tensor('rope_freqs.weight', (1 / ((1 - kept) / 8 + kept)).astype(np.float32))

    def add(name, hf, w, kind=T.F32, order=None):
        stored = w if order is None else interleave(w, order)
        data = quantize(stored.astype(np.float32), kind)
        back = dequantize(data, kind).astype(np.float32).reshape(w.shape)
        if order is not None:
            back = back.reshape(order, w.shape[0] // order // 2, 2, *w.shape[1:]).swapaxes(1, 2).reshape(w.shape)
        out[hf] = back
        writer.add_tensor(name, data, raw_dtype=kind) if data.dtype == np.uint8 else writer.add_tensor(name, data)

    normal = lambda *shape: rng.normal(size=shape) * shape[-1] ** -.5
    add('token_embd.weight', 'model.embed_tokens.weight', normal(len(tokens), hidden), T.Q8_0)
    add('output_norm.weight', 'model.norm.weight', 1 + .1 * normal(hidden))
    if arch == 'llama':
        add('output.weight', 'lm_head.weight', 2 * normal(len(tokens), hidden), T.F16)
    shapes = {'attn_q': (heads * size, hidden), 'attn_k': (kv * size, hidden), 'attn_v': (kv * size, hidden), 'attn_output': (hidden, heads * size),
              'ffn_gate': (inner, hidden), 'ffn_up': (inner, hidden), 'ffn_down': (hidden, inner)}
    for layer in range(layers):
        for i, (part, shape) in enumerate(shapes.items()):
            order = {'attn_q': heads, 'attn_k': kv}.get(part) if arch == 'llama' else None
            add(f'blk.{layer}.{part}.weight', f'model.layers.{layer}.{PARTS[part]}.weight', 2 * normal(*shape), kinds[(i + layer) % len(kinds)], order)
            if arch == 'qwen2' and part in ('attn_q', 'attn_k', 'attn_v'):
                add(f'blk.{layer}.{part}.bias', f'model.layers.{layer}.{PARTS[part]}.bias', normal(shape[0]))
        for part in ('attn_norm', 'ffn_norm'):
            add(f'blk.{layer}.{part}.weight', f'model.layers.{layer}.{PARTS[part]}.weight', 1 + .1 * normal(hidden))
    finish(writer)
    safetensors(arch + '.safetensors', out)


def vocabulary(arch):
    """Tokens, types, scores, merges: 1 normal, 2 unknown, 3 control, 6 byte."""
    if arch == 'llama':
        words = ['▁', 'e', 't', 'a', 'o', 'n', 'h', 's', 'r', 'th', 'he', '▁t', '▁a', '▁th', '▁the', 'on', 'an', 'er', '▁s', 'es']
        tokens = ['<unk>', '<s>', '</s>'] + [f'<0x{b:02X}>' for b in range(256)] + words
        return tokens, [2, 3, 3] + [6] * 256 + [1] * len(words), [0.0] * 259 + [-float(i) for i in range(len(words))][::-1], []
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    rest = [b for b in range(256) if b not in printable]
    alphabet = [chr(b) for b in printable] + [chr(256 + i) for i in range(len(rest))]
    merges = ['Ġ t', 'h e', 'Ġt he', 'i n', 'e r', 'Ġ a']
    tokens = alphabet + [m.replace(' ', '') for m in merges] + ['<|im_start|>', '<|im_end|>']
    return tokens, [1] * (len(tokens) - 2) + [3, 3], [], merges


blocks()
model('llama', [T.F32, T.Q8_0, T.Q4_0, T.BF16, T.Q5_1])
model('qwen2', [T.Q4_1, T.F16, T.Q5_0, T.Q8_0])


def split(name, out, tensors):
    """A file again, with at most so many tensors in each part."""
    reader = GGUFReader(name)
    writer = GGUFWriter(out, reader.fields['general.architecture'].contents(), split_max_tensors=tensors)
    for field in reader.fields.values():
        if field.name == 'general.architecture' or field.name.startswith('GGUF.'):
            continue
        kind, of = field.types[0], field.types[-1] if field.types[0] == GGUFValueType.ARRAY else None
        writer.add_key_value(field.name, field.contents(), kind, sub_type=of)
    for tensor in reader.tensors:
        quantised = tensor.data.dtype == np.uint8
        writer.add_tensor(tensor.name, tensor.data, raw_dtype=tensor.tensor_type if quantised else None)
    finish(writer)


split('llama.gguf', 'split.gguf', 8)
