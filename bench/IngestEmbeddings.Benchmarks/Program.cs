using System.Reflection;
using BenchmarkDotNet.Running;
using IngestEmbeddings.Benchmarks.Comparison;
using IngestEmbeddings.Benchmarks.Database;
using IngestEmbeddings.Benchmarks.Models;
using IngestEmbeddings.Benchmarks.Quality;
using IngestEmbeddings.Benchmarks.Searching;

namespace IngestEmbeddings.Benchmarks;

internal static class Program
{
    private const string Usage =
        """
        model FOLDER TOKENIZER-FOLDER SHAPE POOLING   write a model with random weights; SHAPE: tiny or e5-small,
                                                      POOLING: Mean, Cls, Max or LastToken
        real FOLDER                                   write the folders of the trained models under FOLDER
        quality FOLDER TEXTS WORDNET SHARE            what int8 costs of the trained models; eng/check-quality calls it
        glosses FOLDER TEXTS WORDNET QUERIES          how often a search finds the gloss of some words; eng/gloss-search calls it
        encode FOLDER LIST TARGET                     write the int8 vectors of the lines of a file
        vectors TEXTS ORACLE FOLDER…                  compare vectors with transformers.js (ORACLE: tests/oracle/vectors.mjs)
        ratios FOLDER TEXTS [PEER [ROUNDS]]           the table of ratios (PEER: tests/oracle/peer.mjs); INGEST_TEST_POSTGRES
                                                      names the server; without PEER a short form, which measures nothing
        lengths FOLDER TEXTS ROUNDS PEER…             ratios for texts of 12 to 512 tokens (PEER: tests/oracle/peer.mjs, or the
                                                      assembly of bench/PackagePeer)
        memory FOLDER TEXTS ROWS                      resident memory of two workers over many rows
        database OPTION…                              whole runs over PostgreSQL; bench/database has the options
        search ROWS ROUNDS                            a search of the embedded store against a bare loop of inner products
        --filter '*'                                  the micro-benchmarks, with the options of BenchmarkDotNet
        """;

    public static async Task<int> Main(string[] args)
    {
        try
        {
            return args switch
            {
                ["model", var folder, var tokenizer, var shape, var pooling] => MakeModel.Run(folder, tokenizer, shape, pooling),
                ["real", var folder] => WriteReal(folder),
                ["quality", var folder, var texts, var wordnet, var share] =>
                    await QualityCheck.RunAsync(folder, texts, wordnet, int.Parse(share)),
                ["glosses", var folder, var texts, var wordnet, var queries] =>
                    await GlossSearch.RunAsync(folder, texts, wordnet, int.Parse(queries)),
                ["encode", var folder, var list, var target] => await QualityCheck.EncodeAsync(folder, list, target),
                ["vectors", var texts, var oracle, .. var folders] => await VectorCheck.RunAsync(texts, oracle, folders),
                ["ratios", var folder, var texts] => await RatioTable.RunAsync(folder, texts, RatioOptions.Short),
                ["ratios", var folder, var texts, var peer] => await RatioTable.RunAsync(folder, texts, new() { Peer = peer }),
                ["ratios", var folder, var texts, var peer, var rounds] =>
                    await RatioTable.RunAsync(folder, texts, new() { Peer = peer, Rounds = int.Parse(rounds) }),
                ["lengths", var folder, var texts, var rounds, .. var peers] =>
                    await LengthTable.RunAsync(folder, texts, peers, int.Parse(rounds)),
                ["memory", var folder, var texts, var rows] => await MemoryRun.RunAsync(folder, texts, int.Parse(rows)),
                ["search", var rows, var rounds] => await SearchScan.RunAsync(int.Parse(rows), int.Parse(rounds)),
                ["database", .. var options] => await DatabaseBenchmark.RunAsync(options),
                [] or [['-', ..], ..] => Measure(args),
                _ => Fail(Usage),
            };
        }
        catch (IngestException fault)
        {
            return Fail(fault.Message);
        }
    }

    private static int WriteReal(string folder)
    {
        foreach (var model in RealModel.All)
        {
            Console.WriteLine(model.Write(folder));
        }

        return 0;
    }

    private static int Measure(string[] args)
    {
        var summaries = BenchmarkSwitcher.FromAssembly(Assembly.GetExecutingAssembly()).Run(args);
        return summaries.All(summary => !summary.HasCriticalValidationErrors && summary.Reports.All(report => report.Success)) ? 0 : 1;
    }

    private static int Fail(string message)
    {
        Console.Error.WriteLine(message);
        return 2;
    }
}
