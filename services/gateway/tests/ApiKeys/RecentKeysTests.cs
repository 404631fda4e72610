using Coworking.Gateway.ApiKeys;
using Coworking.Gateway.Limits;
using Coworking.Hosting.Identity;

namespace Coworking.Gateway.Tests.ApiKeys;

public sealed class RecentKeysTests
{
    private readonly RecentKeys _keys = new();

    [Fact]
    public void A_key_is_found_by_its_text_and_by_no_other()
    {
        var key = Key();
        _keys.Add("one-secret-key-0001", key, changes: 3);

        Assert.Same(key, _keys.Find("one-secret-key-0001", changes: 3));
        Assert.Null(_keys.Find("one-secret-key-0002", changes: 3));
        Assert.Null(_keys.Find("one-secret-key-000", changes: 3));
    }

    [Fact]
    public void Any_change_of_any_key_makes_all_of_it_worthless()
    {
        _keys.Add("one-secret-key-0001", Key(), changes: 3);

        Assert.Null(_keys.Find("one-secret-key-0001", changes: 4));
    }

    [Fact]
    public void A_key_that_the_ring_has_taken_out_is_not_found_under_whatever_count_it_was_noted()
    {
        var key = Key();
        _keys.Add("one-secret-key-0001", key, changes: 3);
        key.Forget();

        Assert.Null(_keys.Find("one-secret-key-0001", changes: 3));
    }

    [Fact]
    public void Many_more_keys_than_it_holds_are_never_taken_for_one_another()
    {
        var keys = Enumerable.Range(0, 5 * RecentKeys.Capacity).Select(number => (Text: $"a-secret-key-{number:00000}", Key: Key())).ToList();
        keys.ForEach(key => _keys.Add(key.Text, key.Key, changes: 0));

        var found = keys.Select(key => (key.Key, Found: _keys.Find(key.Text, changes: 0))).Where(pair => pair.Found is not null).ToList();

        Assert.InRange(found.Count, RecentKeys.Capacity / 2, RecentKeys.Capacity);
        Assert.All(found, pair => Assert.Same(pair.Key, pair.Found));
    }

    private static KnownKey Key() => new(
        new KeyRow(Guid.CreateVersion7(), Roles.User, [], GoodUntil: null, Limit: null), new TokenBucket(Rate.Of(600), TimeProvider.System));
}
