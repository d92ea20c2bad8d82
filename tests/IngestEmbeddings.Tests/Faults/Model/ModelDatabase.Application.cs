namespace IngestEmbeddings.Tests.Faults.Model;

/// <content>What the application does to its table meanwhile.</content>
internal sealed partial class ModelDatabase
{
    public void Insert(int key, bool poison, bool withVector)
    {
        ref var row = ref Rows[key];
        row = new ModelRow
        {
            Exists = true, Text = ++_texts, Vector = -1, Xmin = ++_versions, LockedBy = -1, Poison = poison,
        };
        // What was there before this run began: a blind run replaces it.
        row.Vector = withVector ? row.Text : -1;
        _lastClaim.Range = -1;
    }

    /// <summary><c>UPDATE t SET text = …, embedding = NULL</c> by the application.</summary>
    public void ChangeText(int key)
    {
        ref var row = ref Rows[key];
        row.Text = ++_texts;
        row.Vector = -1;
        row.Written = false;
        row.Poison = false;
        row.Xmin = ++_versions;
        _lastClaim.Range = -1;
    }

    /// <summary><c>UPDATE t SET other = …</c> by the application: the text stays, the version of the row does not.</summary>
    public void Touch(int key)
    {
        Rows[key].Xmin = ++_versions;
        _lastClaim.Range = -1;
    }

    /// <summary><c>DELETE FROM t</c> by the application.</summary>
    public void Delete(int key)
    {
        Rows[key].Exists = false;
        _lastClaim.Range = -1;
    }
}
