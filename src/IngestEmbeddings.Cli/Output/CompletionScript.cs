using System.Text;
using IngestEmbeddings.Cli.Arguments;

namespace IngestEmbeddings.Cli.Output;

/// <summary>Writes the scripts by which shells complete commands and options, from what the commands declare.</summary>
/// <param name="commands">The commands there are.</param>
internal sealed class CompletionScript(IReadOnlyList<CommandSpec> commands)
{
    private readonly IReadOnlyList<string> _firstWords = [.. commands.Select(static command => command.Name.Split(' ')[0]).Distinct(StringComparer.Ordinal)];

    /// <summary>The shells that have a script.</summary>
    public static IReadOnlyList<string> Shells { get; } = ["bash", "zsh", "fish", "pwsh"];

    /// <summary>The script of a shell.</summary>
    public string For(string shell) => shell switch
    {
        "fish" => Fish(),
        "pwsh" => PowerShell(),
        "zsh" => $"#compdef {CommandSpec.Program}\nautoload -U +X bashcompinit && bashcompinit\n{Bash()}",
        _ => Bash(),
    };

    private string Bash()
    {
        var text = new StringBuilder($$"""
            _ingest_embeddings() {
              local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} first=${COMP_WORDS[1]} options files
              case "$first" in
                {{string.Join('|', _firstWords.Where(IsGroup))}}) first="$first ${COMP_WORDS[2]}" ;;
              esac
              case "$first" in

            """);
        foreach (var command in commands.Where(static command => !command.IsDefault))
        {
            text.Append($"    '{command.Name}') options='{Words(command)}' files='{Files(command)}' ;;\n");
        }

        var main = commands.Single(static command => command.IsDefault);
        text.Append($"    *) options='{Words(main)}' files='{Files(main)}' ;;\n  esac\n");
        text.Append($"  if [ \"$COMP_CWORD\" = 1 ] && [ \"${{word#-}}\" = \"$word\" ]; then\n    COMPREPLY=($(compgen -W '{string.Join(' ', _firstWords)}' -- \"$word\"))\n");
        foreach (var group in _firstWords.Where(IsGroup))
        {
            text.Append($"  elif [ \"$COMP_CWORD\" = 2 ] && [ \"${{COMP_WORDS[1]}}\" = {group} ]; then\n    COMPREPLY=($(compgen -W '{string.Join(' ', SecondWords(group))}' -- \"$word\"))\n");
        }

        return text.Append($$"""
              elif [ "${word#-}" != "$word" ]; then
                COMPREPLY=($(compgen -W "$options" -- "$word"))
              elif [ "${before#-}" = "$before" ] || [ "${files/ $before /}" != "$files" ]; then
                COMPREPLY=($(compgen -f -- "$word"))
              fi
            }
            complete -o filenames -F _ingest_embeddings {{CommandSpec.Program}}
            """).ToString();
    }

    private string Fish()
    {
        var text = new StringBuilder($"complete -c {CommandSpec.Program} -f\n");
        foreach (var group in _firstWords)
        {
            var summary = IsGroup(group) ? string.Join(", ", SecondWords(group)) : commands.First(command => command.Name == group).Summary;
            text.Append($"complete -c {CommandSpec.Program} -n __fish_use_subcommand -a {group} -d {Quote(summary)}\n");
            foreach (var second in IsGroup(group) ? SecondWords(group) : [])
            {
                text.Append($"complete -c {CommandSpec.Program} -n '__fish_seen_subcommand_from {group}' -a {second} -d {Quote(commands.First(command => command.Name == $"{group} {second}").Summary)}\n");
            }
        }

        foreach (var command in commands)
        {
            var condition = command.IsDefault
                ? $"not __fish_seen_subcommand_from {string.Join(' ', _firstWords.Where(word => word != command.Name))}"
                : string.Join("; and ", command.Name.Split(' ').Select(static word => $"__fish_seen_subcommand_from {word}"));
            foreach (var option in command.Options)
            {
                var value = option.IsSwitch ? "" : TakesFile(option) ? " -r -F" : " -x";
                text.Append($"complete -c {CommandSpec.Program} -n '{condition}' -l {option.Name[2..]}{value} -d {Quote(option.Meaning)}\n");
            }
        }

        return text.ToString().TrimEnd();
    }

    private string PowerShell()
    {
        var text = new StringBuilder($$"""
            Register-ArgumentCompleter -Native -CommandName {{CommandSpec.Program}} -ScriptBlock {
              param($word, $line, $place)
              $options = @{

            """);
        foreach (var command in commands)
        {
            text.Append($"    '{command.Name}' = '{Words(command)}'\n");
        }

        return text.Append($$"""
              }
              $words = @($line.CommandElements | Select-Object -Skip 1 | ForEach-Object { $_.ToString() })
              $name = 'run'
              if ($words.Count -ge 1 -and $options.ContainsKey($words[0])) { $name = $words[0] }
              if ($words.Count -ge 2 -and $options.ContainsKey("$($words[0]) $($words[1])")) { $name = "$($words[0]) $($words[1])" }
              $candidates = if ($word.StartsWith('-')) { $options[$name] -split ' ' } elseif ($words.Count -le 1) { '{{string.Join(' ', _firstWords)}}' -split ' ' } else {
                $options.Keys | Where-Object { $_.StartsWith("$($words[0]) ") } | ForEach-Object { ($_ -split ' ')[1] }
              }
              $candidates | Where-Object { $_ -like "$word*" } | ForEach-Object { [System.Management.Automation.CompletionResult]::new($_) }
            }
            """).ToString();
    }

    private bool IsGroup(string word) => commands.All(command => command.Name != word);

    private IReadOnlyList<string> SecondWords(string group) =>
        [.. commands.Where(command => command.Name.StartsWith(group + ' ', StringComparison.Ordinal)).Select(command => command.Name[(group.Length + 1)..])];

    private static string Words(CommandSpec command) => string.Join(' ', command.Options.Select(static option => option.Name).Append("--help"));

    // With a blank before and after each name, so that no name is found in another.
    private static string Files(CommandSpec command) =>
        $" {string.Join("  ", command.Options.Where(TakesFile).Select(static option => option.Name))} ";

    private static bool TakesFile(OptionSpec option) => option.Label.EndsWith(" FILE", StringComparison.Ordinal) || option == OptionTable.Model;

    private static string Quote(string text) => $"'{text.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("'", @"\'", StringComparison.Ordinal)}'";
}
