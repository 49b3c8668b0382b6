using System.Net;

namespace Ratchet.Gateway.Tests.Tools;

/// <summary>Answers of a model that calls functions, whole or in pieces as the request wants.</summary>
public static class ToolAnswers
{
    public static HttpResponseMessage Call(SeenRequest request, string name, object arguments, string id = "call_1", string completion = "chatcmpl-call") =>
        (bool?)request.Json["stream"] == true
            ? FakeUpstream.Events(
                FakeUpstream.Chunk(request, completion, new { role = "assistant", content = "" }, null),
                FakeUpstream.Chunk(
                    request, completion,
                    new { tool_calls = new[] { new { index = 0, id, type = "function", function = new { name, arguments = "" } } } }, null),
                FakeUpstream.Chunk(
                    request, completion, new { tool_calls = new[] { new { index = 0, function = new { arguments = Wire.Text(arguments) } } } }, null),
                FakeUpstream.Chunk(request, completion, new { }, "tool_calls"),
                Wire.Text(new { id = completion, model = "m", choices = Array.Empty<object>(), usage = Usage }),
                "[DONE]")
            : FakeUpstream.Json(new
            {
                id = completion,
                @object = "chat.completion",
                created = 5,
                model = (string?)request.Json["model"],
                choices = new[]
                {
                    new
                    {
                        index = 0,
                        message = new
                        {
                            role = "assistant",
                            content = (string?)null,
                            tool_calls = new[] { new { id, type = "function", function = new { name, arguments = Wire.Text(arguments) } } },
                        },
                        finish_reason = "tool_calls",
                    },
                },
                usage = Usage,
            });

    public static HttpResponseMessage Refusal() => FakeUpstream.Error(
        HttpStatusCode.BadRequest, "tools_not_supported", "The model 'tiny-base' cannot call tools: its chat template has no place for tools.");

    private static object Usage => new { prompt_tokens = 10, completion_tokens = 4, total_tokens = 14 };
}
