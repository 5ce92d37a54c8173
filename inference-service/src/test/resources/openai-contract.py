"""The stock openai client against the URL that is given; any failed assertion fails the test."""
import sys

import openai

client = openai.OpenAI(base_url=sys.argv[1], api_key="none", max_retries=0)
MESSAGES = [{"role": "user", "content": "The sea was calm that morning, and the captain looked at the shore."}]


def refused(kind, code, call):
    try:
        call()
    except kind as e:
        assert e.code == code, (e.code, code)
        assert e.message
        return
    raise AssertionError(f"no {kind.__name__}")


assert [model.id for model in client.models.list()] == ["demo"]
assert client.models.retrieve("demo").object == "model"

whole = client.chat.completions.create(
    model="demo", messages=MESSAGES, temperature=0, max_completion_tokens=16, logprobs=True, top_logprobs=2
)
text = whole.choices[0].message.content
assert text and whole.choices[0].finish_reason == "length"
assert len(whole.choices[0].logprobs.content) == 16 == whole.usage.completion_tokens
assert all(len(token.top_logprobs) == 2 for token in whole.choices[0].logprobs.content)

streamed, usage = "", None
for chunk in client.chat.completions.create(
    model="demo",
    messages=MESSAGES,
    temperature=0,
    max_completion_tokens=16,
    stream=True,
    stream_options={"include_usage": True},
):
    usage = chunk.usage or usage
    for choice in chunk.choices:
        streamed += choice.delta.content or ""
assert streamed == text, (streamed, text)
assert usage.total_tokens == whole.usage.total_tokens

several = client.completions.create(
    model="demo",
    prompt=["The old man", "She said that"],
    n=2,
    max_tokens=5,
    temperature=0.8,
    top_p=0.9,
    seed=7,
    presence_penalty=0.5,
    frequency_penalty=0.5,
    extra_body={"top_k": 50, "min_p": 0.01, "repetition_penalty": 1.1},
)
assert [choice.index for choice in several.choices] == [0, 1, 2, 3]

scored = client.completions.create(model="demo", prompt="The old man", max_tokens=0, echo=True, logprobs=1)
assert scored.choices[0].text == "The old man"
assert scored.choices[0].logprobs.token_logprobs[0] is None
assert all(score < 0 for score in scored.choices[0].logprobs.token_logprobs[1:])

refused(openai.NotFoundError, "model_not_found", lambda: client.completions.create(model="other", prompt="x"))
refused(
    openai.BadRequestError,
    "context_length_exceeded",
    lambda: client.completions.create(model="demo", prompt="x", max_tokens=5000),
)
refused(
    openai.BadRequestError,
    "invalid_value",
    lambda: client.chat.completions.create(model="demo", messages=MESSAGES, temperature=-1),
)
assert client.completions.create(model="demo", prompt="x", max_tokens=1).choices
