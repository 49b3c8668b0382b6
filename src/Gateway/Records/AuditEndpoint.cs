using Ratchet.Contracts.OpenAI;
using Ratchet.Gateway.Access;
using Ratchet.ServiceDefaults.Errors;

namespace Ratchet.Gateway.Records;

/// <summary>GET /v1/audit: what models did on somebody's behalf.</summary>
public static class AuditEndpoint
{
    private const int LimitMax = 1000;

    public static void MapAudit(this IEndpointRouteBuilder routes) => routes
        .MapGet("/v1/audit", (AuditLog audit, int? limit, long? before) =>
        {
            int count = limit ?? 100;
            if (count is < 1 or > LimitMax)
            {
                throw ApiException.BadField("limit", $"limit is {count}; it must be from 1 to {LimitMax}.");
            }

            IReadOnlyList<AuditEntry> found = audit.List(count + 1, before);
            return TypedResults.Ok(new ListResponse<AuditEntry> { Data = [.. found.Take(count)], HasMore = found.Count > count });
        })
        .WithMetadata(new RequiredRole(Role.Operator, Role.Operator))
        .WithTags("Audit")
        .WithSummary("Lists the functions that models called through this gateway, refused ones too, newest first.");
}
