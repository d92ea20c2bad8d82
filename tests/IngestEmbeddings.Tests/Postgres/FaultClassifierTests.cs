using System.Net.Sockets;
using IngestEmbeddings.Postgres.Faults;
using Npgsql;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Postgres;

public class FaultClassifierTests
{
    [Theory]
    [InlineData("57P01", FaultKind.Restarting)] // pg_terminate_backend
    [InlineData("57P02", FaultKind.Restarting)] // crash of another backend
    [InlineData("57P03", FaultKind.Restarting)] // starting up
    [InlineData("57P05", FaultKind.Away)] // idle session timeout
    [InlineData("25P03", FaultKind.Away)] // idle in transaction timeout
    [InlineData("25006", FaultKind.ReadOnly)] // a standby, after a failover
    [InlineData("08006", FaultKind.Away)]
    [InlineData("53300", FaultKind.Crowded)]
    [InlineData("53100", FaultKind.Full)]
    [InlineData("53200", FaultKind.Full)]
    [InlineData("57014", FaultKind.Slow)] // statement_timeout, pg_cancel_backend
    [InlineData("58030", FaultKind.Slow)] // an error of the disk
    [InlineData("XX000", FaultKind.Slow)]
    [InlineData("55P03", FaultKind.Contention)] // lock_timeout
    [InlineData("40P01", FaultKind.Contention)]
    [InlineData("40001", FaultKind.Contention)]
    [InlineData("26000", FaultKind.StalePlan)]
    [InlineData("22000", FaultKind.Data)]
    [InlineData("22021", FaultKind.Data)]
    [InlineData("23514", FaultKind.Data)]
    [InlineData("P0001", FaultKind.Data)] // a trigger of the user's
    [InlineData("23502", FaultKind.Configuration)]
    [InlineData("42P01", FaultKind.Configuration)]
    [InlineData("42703", FaultKind.Configuration)]
    [InlineData("42501", FaultKind.Configuration)]
    [InlineData("28P01", FaultKind.Configuration)]
    [InlineData("3D000", FaultKind.Configuration)]
    public void A_state_of_the_server_has_one_meaning(string state, object kind)
    {
        FaultClassifier.Classify(Server(state)).ShouldBe(kind);
    }

    [Theory]
    [InlineData("query_wait_timeout", FaultKind.Away)]
    [InlineData("server conn crashed?", FaultKind.Away)]
    [InlineData("unsupported startup parameter: search_path", FaultKind.Configuration)]
    [InlineData("prepared statement \"_p1\" does not exist", FaultKind.StalePlan)]
    public void A_poolers_only_state_is_told_apart_by_its_message(string message, object kind)
    {
        FaultClassifier.Classify(Server("08P01", message)).ShouldBe(kind);
    }

    [Fact]
    public void Only_a_stale_plan_makes_an_unsupported_feature_pass()
    {
        FaultClassifier.Classify(Server("0A000", "cached plan must not change result type")).ShouldBe(FaultKind.StalePlan);
        FaultClassifier.Classify(Server("0A000", "cannot update a view")).ShouldBe(FaultKind.Configuration);
    }

    [Fact]
    public void Faults_of_the_connection_pass_and_refusals_of_the_driver_do_not()
    {
        FaultClassifier.Classify(new NpgsqlException("read", new EndOfStreamException())).ShouldBe(FaultKind.Restarting);
        FaultClassifier.Classify(new NpgsqlException("read", new TimeoutException())).ShouldBe(FaultKind.Away);
        FaultClassifier.Classify(new NpgsqlException("connect", new SocketException((int)SocketError.ConnectionRefused))).ShouldBe(FaultKind.Away);
        FaultClassifier.Classify(new NpgsqlException("SSL connection requested. No SSL enabled connection.")).ShouldBe(FaultKind.Configuration);
    }

    [Fact]
    public void Of_several_hosts_the_fault_counts_that_may_pass()
    {
        FaultClassifier.Classify(Hosts(Refused(), Server("28P01"))).ShouldBe(FaultKind.Away);
        FaultClassifier.Classify(Hosts(Refused(), Server("53300"))).ShouldBe(FaultKind.Crowded);
        FaultClassifier.Classify(Hosts(Server("28P01"), Server("3D000"))).ShouldBe(FaultKind.Configuration);
        FaultClassifier.Classify(new NpgsqlException("No suitable host was found.")).ShouldBe(FaultKind.ReadOnly);

        static NpgsqlException Hosts(params Exception[] faults) => new("Unable to connect to a suitable host.", new AggregateException(faults));
        static NpgsqlException Refused() => new("connect", new SocketException((int)SocketError.ConnectionRefused));
    }

    [Fact]
    public void A_wish_to_stop_and_a_defect_are_no_faults_of_the_server()
    {
        FaultClassifier.Classify(new OperationCanceledException()).ShouldBe(FaultKind.Unknown);
        FaultClassifier.Classify(new InvalidOperationException()).ShouldBe(FaultKind.Unknown);
    }

    [Fact]
    public void What_was_refused_is_never_repeated()
    {
        FaultMessages.Explain(PostgresFault.TryFrom(Server("22P02", "invalid input syntax for type real: \"kauoha huna\""))!, "postgresql://h/d").Message
            .ShouldNotContain("kauoha");
    }

    private static PostgresException Server(string state, string message = "a message") => new(message, "ERROR", "ERROR", state);
}
