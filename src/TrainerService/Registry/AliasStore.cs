using System.Data;
using Dapper;
using Ratchet.Contracts.Trainer;
using Ratchet.ServiceDefaults.Errors;
using Ratchet.ServiceDefaults.Events;
using Ratchet.ServiceDefaults.Storage;

namespace Ratchet.TrainerService.Registry;

/// <summary>Aliases, moved by compare-and-swap; each move is kept and announced (F107, F123).</summary>
public sealed class AliasStore(TrainerDatabase database, EventLog events, TimeProvider clock)
{
    public const string PromoteAction = "promote";
    public const string SetAction = "set";
    public const string RollbackAction = "rollback";

    /// <summary>Raised after a move.</summary>
    public Signal Changed { get; } = new();

    public IReadOnlyList<AliasRecord> List()
    {
        using var connection = database.Open();
        return [.. connection.Query<Row>(Select + " ORDER BY name").Select(row => row.ToRecord([]))];
    }

    public AliasRecord? Find(string name)
    {
        using var connection = database.Open();
        return Read(connection, null, name);
    }

    /// <summary>Moves an alias, or creates it where <paramref name="expectedVersion"/> is 0.</summary>
    /// <param name="overruled">The gate had not said promote.</param>
    /// <exception cref="ApiException">409 alias_moved: another mover came first.</exception>
    public AliasRecord Move(
        string name, string adapter, long expectedVersion, string action, string? reason, string actor, bool overruled)
    {
        CheckName(name);
        AliasRecord moved;
        using (var connection = database.Open())
        using (var transaction = connection.BeginTransaction())
        {
            AliasRecord? current = Read(connection, transaction, name);
            long version = current?.Version ?? 0;
            if (version != expectedVersion)
            {
                throw new ApiException(
                    409,
                    "alias_moved",
                    $"The alias '{name}' is at version {version}, not {expectedVersion}"
                    + (current is null ? ": it does not exist yet." : $", and holds '{current.Adapter}'.")
                    + " Look at what it holds now, and send that version if the move is still wanted.",
                    "expected_version")
                {
                    Details = new { current?.Adapter, Version = version },
                };
            }

            long now = clock.GetUtcNow().ToUnixTimeSeconds();
            var move = new AliasMove(version + 1, adapter, current?.Adapter, action, reason, actor, overruled, now);
            connection.Execute(
                "INSERT INTO alias_moves (name, version, adapter, previous, action, reason, actor, overruled, created_at) "
                + "VALUES (@name, @Version, @Adapter, @From, @Action, @Reason, @Actor, @Overruled, @CreatedAt)",
                new
                {
                    name,
                    move.Version,
                    move.Adapter,
                    move.From,
                    move.Action,
                    move.Reason,
                    move.Actor,
                    move.Overruled,
                    move.CreatedAt,
                },
                transaction);
            connection.Execute(
                "INSERT INTO aliases (name, adapter, version, updated_at, reason) "
                + "VALUES (@name, @Adapter, @Version, @CreatedAt, @Reason) ON CONFLICT (name) DO UPDATE SET "
                + "adapter = excluded.adapter, version = excluded.version, updated_at = excluded.updated_at, "
                + "reason = excluded.reason",
                new { name, move.Adapter, move.Version, move.CreatedAt, move.Reason },
                transaction);
            events.Append(
                connection,
                transaction,
                action == RollbackAction ? "adapter.rolled_back" : "adapter.promoted",
                new
                {
                    Alias = name,
                    move.Adapter,
                    move.Version,
                    move.From,
                    move.Action,
                    move.Reason,
                    move.Actor,
                    move.Overruled,
                });
            transaction.CommitOrFail();
            moved = Read(connection, null, name)!;
        }

        events.Announce();
        Changed.Set();
        return moved;
    }

    /// <summary>What a rollback would bring back: the holder before the present one; the base where there was none.</summary>
    /// <remarks>Rolling back twice goes back two generations: a rollback takes a move away, it does not add one.</remarks>
    public string RollbackTarget(string name, string baseModel)
    {
        AliasRecord alias = Find(name) ?? throw Unknown(name);
        Stack<string> held = Held(alias);
        if (held.Count == 0 || (held.Count == 1 && held.Peek() == baseModel))
        {
            throw new ApiException(
                409, "nothing_to_roll_back",
                $"The alias '{name}' holds '{alias.Adapter}', and nothing came before that. Set it with PUT /v1/aliases/{name}.");
        }

        held.Pop();
        return held.Count > 0 ? held.Peek() : baseModel;
    }

    /// <summary>Everything that must stay loaded: holders, and what a rollback would bring back.</summary>
    public IReadOnlySet<string> Wanted()
    {
        var wanted = new HashSet<string>();
        foreach (AliasRecord alias in List())
        {
            wanted.Add(alias.Adapter);
            Stack<string> held = Held(Find(alias.Name)!);
            if (held.TryPop(out _) && held.TryPeek(out string? before))
            {
                wanted.Add(before);
            }
        }

        return wanted;
    }

    internal static ApiException Unknown(string name) => new(
        404, "alias_not_found", $"There is no alias '{name}'. GET /v1/aliases lists those that exist.", "name");

    private static Stack<string> Held(AliasRecord alias)
    {
        var held = new Stack<string>();
        foreach (AliasMove move in alias.History.Reverse())
        {
            if (move.Action == RollbackAction)
            {
                held.TryPop(out _);
            }
            else
            {
                held.Push(move.Adapter);
            }
        }

        return held;
    }

    private static void CheckName(string name)
    {
        bool usable = name.Length is > 0 and <= 64 && name is not ("base" or "auto")
            && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
        if (!usable)
        {
            throw ApiException.BadField(
                "name",
                $"'{name}' cannot be an alias. 1 to 64 letters, digits, '-', '_' or '.' are needed; 'base' and 'auto' are taken.");
        }
    }

    private const string Select =
        "SELECT name AS Name, adapter AS Adapter, version AS Version, updated_at AS UpdatedAt, reason AS Reason FROM aliases";

    private static AliasRecord? Read(IDbConnection connection, IDbTransaction? transaction, string name)
    {
        Row? row = connection.QuerySingleOrDefault<Row>(Select + " WHERE name = @name", new { name }, transaction);
        return row?.ToRecord(
        [
            .. connection.Query<MoveRow>(
                "SELECT version AS Version, adapter AS Adapter, previous AS Previous, action AS Action, reason AS Reason, "
                + "actor AS Actor, overruled AS Overruled, created_at AS CreatedAt FROM alias_moves WHERE name = @name "
                + "ORDER BY version DESC",
                new { name },
                transaction).Select(move => move.ToMove()),
        ]);
    }

    private sealed record Row(string Name, string Adapter, long Version, long UpdatedAt, string? Reason)
    {
        public AliasRecord ToRecord(IReadOnlyList<AliasMove> history) => new()
        {
            Name = Name,
            Adapter = Adapter,
            Version = Version,
            UpdatedAt = UpdatedAt,
            Reason = Reason,
            History = history,
        };
    }

    private sealed record MoveRow(
        long Version, string Adapter, string? Previous, string Action, string? Reason, string Actor, long Overruled,
        long CreatedAt)
    {
        public AliasMove ToMove() => new(Version, Adapter, Previous, Action, Reason, Actor, Overruled != 0, CreatedAt);
    }
}
