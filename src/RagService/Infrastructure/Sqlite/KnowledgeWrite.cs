using Dapper;
using Microsoft.Data.Sqlite;
using Ratchet.ServiceDefaults.Events;

namespace Ratchet.RagService.Infrastructure.Sqlite;

/// <summary>One writer's turn: statements, events and what follows the commit.</summary>
internal sealed class KnowledgeWrite(SqliteConnection connection, SqliteTransaction transaction, EventLog events)
{
    private readonly List<Func<Task>> _afterCommit = [];
    private readonly List<(Func<Task> Step, Func<Task> Undo)> _beforeCommit = [];

    public SqliteConnection Connection => connection;

    public IReadOnlyList<Func<Task>> AfterCommitSteps => _afterCommit;

    /// <summary>What was asked for by <see cref="BeforeCommit"/>.</summary>
    public IReadOnlyList<(Func<Task> Step, Func<Task> Undo)> BeforeCommitSteps => _beforeCommit;

    public bool HasEvents { get; private set; }

    public int Execute(string sql, object? parameters = null) => connection.Execute(sql, parameters, transaction);

    public T? Scalar<T>(string sql, object? parameters = null) =>
        connection.ExecuteScalar<T>(sql, parameters, transaction);

    public T? Find<T>(string sql, object? parameters = null)
        where T : class =>
        connection.QueryFirstOrDefault<T>(sql, parameters, transaction);

    public List<T> List<T>(string sql, object? parameters = null) =>
        connection.Query<T>(sql, parameters, transaction).AsList();

    /// <summary>Tells followers, if the transaction commits. Events name things by id and never carry their text.</summary>
    public void Publish(string type, object data)
    {
        events.Append(connection, transaction, type, data);
        HasEvents = true;
    }

    /// <summary>Runs after the commit, still in this writer's turn.</summary>
    public void AfterCommit(Func<Task> step) => _afterCommit.Add(step);

    /// <summary>To be done before the commit, when all statements have succeeded.</summary>
    /// <param name="step">What readers of the commit may rely on.</param>
    /// <param name="undo">Takes it back where it, another step or the commit fails; must not throw.</param>
    public void BeforeCommit(Func<Task> step, Func<Task> undo) => _beforeCommit.Add((step, undo));
}
