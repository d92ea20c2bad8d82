using IngestEmbeddings.Onnx.Devices;
using IngestEmbeddings.Onnx.Graphs;
using Shouldly;
using Xunit;

namespace IngestEmbeddings.Tests.Onnx.Devices;

public sealed class ComputeDeviceTests
{
    private static readonly CudaState Complete = new()
    {
        IsBuiltIn = true, DriverVersion = new Version(13, 0), Devices = [new CudaDevice("First", new Version(9, 0), 80L << 30), new CudaDevice("Old", new Version(6, 1), 8L << 30)],
    };

    [Theory]
    [InlineData("auto", true, null)]
    [InlineData("cpu", false, null)]
    [InlineData("cuda", false, 0)]
    [InlineData("cuda:0", false, 0)]
    [InlineData("cuda:15", false, 15)]
    public void A_name_is_read(string text, bool isAuto, int? cuda)
    {
        DeviceName.TryParse(text, out var name).ShouldBeTrue();
        name.ShouldBe(new DeviceName(isAuto, cuda));
    }

    [Theory]
    [InlineData("")]
    [InlineData("gpu")]
    [InlineData("CUDA")]
    [InlineData("cuda:")]
    [InlineData("cuda:-1")]
    [InlineData("cuda: 1")]
    [InlineData("cuda:1.0")]
    [InlineData("cuda:256")]
    public void What_is_no_name_is_refused(string text)
    {
        DeviceName.TryParse(text, out _).ShouldBeFalse();
        Should.Throw<IngestException>(() => ComputeDevice.Find(text)).Message.ShouldContain("auto, cpu, cuda or cuda:N");
    }

    [Fact]
    public void What_is_missing_is_named_with_the_way_to_get_it()
    {
        Fault(new CudaState { IsBuiltIn = false }).ShouldContain("built without CUDA. Build it with eng/build-native --gpu");
        Fault(Complete with { DriverFault = "libcuda.so.1 cannot be loaded" }).ShouldContain("driver cannot be used (libcuda.so.1 cannot be loaded). Install the driver");
        Fault(Complete with { DriverVersion = new Version(12, 4) }).ShouldContain("runs CUDA up to 12.4, and 13.0 is needed. Install driver 580");
        Fault(Complete with { Devices = [] }).ShouldContain("shows no GPU. Look at CUDA_VISIBLE_DEVICES");
        Fault(Complete, "cuda:2").ShouldContain("no GPU of this number, only cuda:0 (First), cuda:1 (Old)");
        Fault(Complete, "cuda:1").ShouldContain("Old has the compute capability 6.1, and 7.5 is the least");
        Fault(Complete with { MissingLibrary = "libcublas.so.13" }).ShouldContain("libcublas.so.13 cannot be loaded. Install CUDA 13");
    }

    [Fact]
    public void Auto_takes_the_first_gpu_or_says_why_it_took_the_processor()
    {
        Choose(Complete, "auto").ShouldBe(new ComputeDevice(0, "First, 80 GB"));
        Choose(Complete with { Devices = [] }, "auto").ShouldBe(new ComputeDevice(null, "the NVIDIA driver shows no GPU"));
        Choose(new CudaState { IsBuiltIn = false }, "auto").Name.ShouldBe("cpu");
    }

    [Fact]
    public void A_graph_of_8_bits_runs_on_the_processor_unless_the_gpu_was_named()
    {
        var graph = new ModelGraph(new GraphFile { Path = "model_int8.onnx", Precision = "int8", Inputs = [], Outputs = [], DataFiles = [] }, "int8");

        Choose(Complete, "auto").For(graph).ShouldBe(new ComputeDevice(null, "int8 runs on the processor only"));
        Should.Throw<IngestException>(() => Choose(Complete, "cuda").For(graph)).Message.ShouldContain("Use --precision fp16, or --device cpu");
    }

    /// <summary>Where the tests run there may be a GPU: then this says nothing, and eng/check-gpu says more.</summary>
    [Fact]
    public void A_gpu_that_is_named_is_never_replaced_by_the_processor()
    {
        using var folder = new ModelFolderFixture();
        Should.Throw<IngestException>(() => IngestEmbeddings.Onnx.OnnxEncoderFactory.Create(new() { Model = folder.Path, Device = "cuda:200" }))
            .Message.ShouldContain("--device cuda:200 cannot be used");
    }

    private static ComputeDevice Choose(CudaState cuda, string name) =>
        ComputeDevice.Choose(DeviceName.TryParse(name, out var device) ? device : throw new ArgumentException(name, nameof(name)), cuda);

    private static string Fault(CudaState cuda, string name = "cuda") => Should.Throw<IngestException>(() => Choose(cuda, name)).Message;
}
