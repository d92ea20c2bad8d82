using System.Globalization;
using System.Net;
using IngestEmbeddings.Cli.Arguments;
using IngestEmbeddings.Cli.Shown;

namespace IngestEmbeddings.Cli.Settings;

/// <summary>
/// Puts a connection together as libpq does: a URL wins over a service of the service file, and that over the environment.
/// </summary>
internal sealed class PostgresChoice
{
    private const string ServiceKeyword = "service";
    private const string Verified = "verify-full";

    // The timer that renews leases runs six times in each, along with everything else that a busy machine does.
    private static readonly TimeSpan ShortestLease = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    private static readonly IReadOnlyDictionary<string, string[]> Variables = new Dictionary<string, string[]>
    {
        ["host"] = ["PG_HOST", "PGHOST"],
        ["hostaddr"] = ["PGHOSTADDR"],
        ["port"] = ["PG_PORT", "PGPORT"],
        ["dbname"] = ["PG_DATABASE", "PG_DB", "PGDATABASE"],
        ["user"] = ["PG_USER", "PGUSER"],
        ["password"] = StoreChoice.Password,
        [ServiceKeyword] = ["PGSERVICE"],
    };

    private readonly SettingsReader _settings;
    private readonly Setting? _store;
    private readonly Dictionary<string, string> _url = [];
    private readonly Dictionary<string, Setting> _service = [];

    private PostgresChoice(SettingsReader settings, Setting? store, IReadOnlyList<Uri> hosts)
    {
        _settings = settings;
        _store = store;
        ReadUrl(hosts);
        ReadService();
    }

    /// <summary>True when a variable names a server, an address, a database or a service.</summary>
    public static bool IsWanted(EnvironmentLayers environment) => environment.Find(
        [.. Variables["host"], .. Variables["hostaddr"], .. Variables["dbname"], .. Variables[ServiceKeyword]]) is not null;

    /// <summary>Reads the connection.</summary>
    /// <param name="settings">The environment; takes the mistakes.</param>
    /// <param name="store">The URL with its origin; null for none.</param>
    /// <param name="hosts">The URL once for each of its hosts.</param>
    public static PostgresLocation Read(SettingsReader settings, Setting? store, IReadOnlyList<Uri> hosts) =>
        new PostgresChoice(settings, store, hosts).Read(hosts);

    private PostgresLocation Read(IReadOnlyList<Uri> hosts)
    {
        var host = FindHost();
        var parameters = FindParameters();
        var hasPorts = (hosts.Count > 0 && hosts.All(static one => one.Port > 0)) || _url.ContainsKey("port");
        var ports = hasPorts ? [] : ReadPorts(_url.ContainsKey("host") ? null : host?.Value);
        var password = Find("password");
        var isFound = host is { IsFound: true };
        CheckProtection(host, password, isFound);
        return new PostgresLocation(
            _store is null ? null : WithoutService(_store.Value),
            _url.ContainsKey("host") ? null : ports.Count > 1 ? HostsWithPorts(host!.Value, ports) : host?.Value,
            ports.Count == 1 ? ports[0] : null,
            Missing("dbname"),
            Missing("user"),
            _url.ContainsKey("password") ? null : password?.Value)
        {
            Parameters = parameters.Count == 0 ? null : parameters,
            HostOrigin = isFound ? DotEnvFile.Name : null,
            Lease = ReadLease(),
            GiveUpAfter = _settings.Seconds(OptionTable.GiveUpAfter, LongestWait),
        };
    }

    private string? Missing(string keyword) => _url.ContainsKey(keyword) ? null : Find(keyword)?.Value;

    private Setting? Find(string keyword) =>
        _url.TryGetValue(keyword, out var value) ? new Setting(value, _store!.Shown) { IsFound = _store.IsFound }
            : _service.TryGetValue(keyword, out var setting) ? setting
            : Variables.TryGetValue(keyword, out var names) ? _settings.Environment.Find(names)
            : LibpqKeywords.Others.GetValueOrDefault(keyword) is { } name ? _settings.Environment.Find(name)
            : null;

    private void ReadUrl(IReadOnlyList<Uri> hosts)
    {
        if (hosts.Count == 0)
        {
            return;
        }

        var user = hosts[0].UserInfo.Split(':', 2);
        Add("host", hosts[0].Host is HostUrls.NoHost ? "" : string.Join(',', hosts.Select(static one => HostUrls.IsSocket(one) ? "/" : one.Host)));
        Add("dbname", hosts[0].AbsolutePath.Trim('/'));
        Add("user", user[0]);
        Add("password", user.ElementAtOrDefault(1) ?? "");
        foreach (var pair in hosts[0].Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = pair.Split('=', 2);
            Add(Uri.UnescapeDataString(parts[0]).ToLowerInvariant(), parts.ElementAtOrDefault(1) ?? "");
        }

        void Add(string keyword, string value)
        {
            if (value.Length > 0)
            {
                _url[keyword] = Uri.UnescapeDataString(value);
            }
        }
    }

    private void ReadService()
    {
        if (Find(ServiceKeyword) is not { } service)
        {
            return;
        }

        var named = _settings.Environment.Find("PGSERVICEFILE");
        if (named is not null && !IsWithinReach(named))
        {
            return;
        }

        var (file, values) = ServiceFile.Read(service.Value, named?.Value, _settings.Environment);
        _settings.Environment.KeepSecret(values.Where(static pair => pair.Key is "password" or "sslpassword").Select(static pair => pair.Value));
        foreach (var (keyword, value) in values)
        {
            _service[keyword] = new Setting(value, $"service {service.Value} in {file}") { IsFound = named?.IsFound ?? false };
        }
    }

    private Setting? FindHost()
    {
        var host = Find("host");
        if (Find("hostaddr") is not { } address)
        {
            return host;
        }

        if (host is not null)
        {
            _settings.Reject($"Both host and hostaddr are given, by {host.Shown} and {address.Shown}: leave one out. The certificate of a server is checked against that one.");
        }

        return address;
    }

    private Dictionary<string, string> FindParameters()
    {
        var parameters = new Dictionary<string, string>();
        foreach (var keyword in LibpqKeywords.Others.Keys.Where(keyword => !_url.ContainsKey(keyword)))
        {
            if (Find(keyword) is { } setting && (!LibpqKeywords.Files.Contains(keyword) || IsWithinReach(setting)))
            {
                parameters[keyword] = setting.Value;
            }
        }

        return parameters;
    }

    // A file that a found .env names lies next to it: any other would be read, and perhaps sent, for who wrote the .env.
    private bool IsWithinReach(Setting file)
    {
        if (!file.IsFound || _settings.Environment.FoundFolder is not { } folder || file.Value == "system"
            || RealPath.IsBelow(Path.GetFullPath(file.Value, folder), folder))
        {
            return true;
        }

        _settings.Reject(file, $"the file is outside the folder of {DotEnvFile.Name}: set the variable in the environment.");
        return false;
    }

    // The last word on who gets a password: see docs/security.md.
    private void CheckProtection(Setting? host, Setting? password, bool isFound)
    {
        if (host is null || host.Value.Split(',').All(IsLocal))
        {
            return;
        }

        var mode = Find("sslmode");
        if (!isFound)
        {
            foreach (var found in LibpqKeywords.Protections.Select(Find).Where(static one => one is { IsFound: true }))
            {
                _settings.Reject(found!, $"a {DotEnvFile.Name} may not say this of {host.Value}, which it does not name: set it in the environment, or use --env-file {DotEnvFile.Name}.");
            }

            return;
        }

        var root = Find("sslrootcert");
        var isVerified = mode is null or { Value: Verified } && root is not { IsFound: true };
        if (!isVerified && password is not { IsFound: true } && (password is not null || HasPasswordFile()))
        {
            _settings.Reject(
                $"The password {(password is null ? "of the password file" : $"({Name(password)})")} is not sent to {host.Value}, which only {DotEnvFile.Name} names, over a connection that does not verify it. "
                + $"If that host is right, name it with {OptionTable.Store.Name} or PGHOST, use --env-file {DotEnvFile.Name}, or have sslmode={Verified}.");
        }
    }

    private bool HasPasswordFile() =>
        Find("passfile") is { IsFound: false } || (_settings.Environment.OfProcess("HOME") is { } home && Path.Exists(Path.Combine(home, ".pgpass")));

    // Its keywords go their own way.
    private static string WithoutService(string url)
    {
        var question = url.LastIndexOf('?');
        return question < 0 ? url
            : url[..question] + string.Concat(url[(question + 1)..].Split('&')
                .Where(static pair => !pair.StartsWith(ServiceKeyword + "=", StringComparison.OrdinalIgnoreCase))
                .Select(static (pair, place) => (place == 0 ? "?" : "&") + pair));
    }

    private static string Name(Setting password) => password.Shown.Split('=')[0].Split(' ')[0];

    private static bool IsLocal(string host) =>
        host is ['/' or '@', ..] || host.Split(':')[0].Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    // One port for all hosts, or one for each, as libpq has it.
    private IReadOnlyList<int> ReadPorts(string? hosts)
    {
        if (Find("port") is not { } setting)
        {
            return [];
        }

        var ports = setting.Value.Split(',')
            .Select(static text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) ? port : 0)
            .ToList();
        if (ports.Any(static port => port is < 1 or > 65535))
        {
            _settings.Reject(setting, "give a port from 1 to 65535.");
            return [];
        }

        if (ports.Count > 1 && ports.Count != hosts?.Split(',').Length)
        {
            _settings.Reject(setting, "give one port, or as many as there are hosts.");
            return [];
        }

        return ports;
    }

    private static string HostsWithPorts(string hosts, IReadOnlyList<int> ports) =>
        string.Join(',', hosts.Split(',').Zip(ports, static (host, port) => string.Create(CultureInfo.InvariantCulture, $"{host}:{port}")));

    private TimeSpan ReadLease()
    {
        var lease = _settings.Seconds(OptionTable.Lease, LongestWait) ?? Defaults.Lease;
        if (lease < ShortestLease)
        {
            _settings.Reject(_settings.Find(OptionTable.Lease)!, "give at least 1 second.");
        }

        return lease;
    }
}
