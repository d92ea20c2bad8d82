Console.WriteLine("Usage: see bench/README.md");
