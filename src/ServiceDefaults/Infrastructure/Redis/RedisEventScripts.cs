namespace Ratchet.ServiceDefaults.Infrastructure.Redis;

/// <summary>
/// What a follower of a stream does in Redis. Keys: the stream, and the group's gaps, a hash from "first:last" to who
/// fetches these events and since when. Arguments begin with the group.
/// </summary>
internal static class RedisEventScripts
{
    /// <summary>
    /// Gives the follower one thing to do: a gap, an event that it or a dead one had begun, or the next. Further arguments:
    /// the follower's name, the milliseconds after which the dead are dead, 1 where the follower resumes.
    /// </summary>
    public const string Take =
        """
        local stream, gaps = KEYS[1], KEYS[2]
        local group, name, patience, resumes = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4] == '1'
        local time = redis.call('TIME')
        local now = time[1] * 1000 + math.floor(time[2] / 1000)
        local function number(id) return tonumber(string.match(id, '^%d+')) end
        local function gap(first, last)
          local range = string.format('%.0f:%.0f', first, last)
          redis.call('HSET', gaps, range, string.format('%.0f %s', now, name))
          return { 'gap', range }
        end
        local function event(entry)
          local id, fields = entry[1], entry[2]
          if not fields then
            redis.call('XACK', stream, group, id)
            return gap(number(id), number(id))
          end
          local seen = {}
          for i = 1, #fields, 2 do seen[fields[i]] = fields[i + 1] end
          return { 'event', string.format('%.0f', number(id)), seen['type'], seen['data'], seen['at'] }
        end

        redis.pcall('XGROUP', 'CREATE', stream, group, '0', 'MKSTREAM')
        local open = redis.call('HGETALL', gaps)
        for i = 1, #open, 2 do
          local since, owner = string.match(open[i + 1], '^(%d+) (.*)$')
          if now - since >= patience or (resumes and owner == name) then
            redis.call('HSET', gaps, open[i], string.format('%.0f %s', now, name))
            return { 'gap', open[i] }
          end
        end
        if resumes then
          local mine = redis.call('XREADGROUP', 'GROUP', group, name, 'COUNT', 1, 'STREAMS', stream, '0')
          if mine and mine[1] and mine[1][2][1] then return event(mine[1][2][1]) end
        end
        local claimed = redis.call('XAUTOCLAIM', stream, group, name, patience, '0-0', 'COUNT', 1)
        if claimed[3] and claimed[3][1] then
          for _, id in ipairs(claimed[3]) do gap(number(id), number(id)) end
          return gap(number(claimed[3][1]), number(claimed[3][1]))
        end
        if claimed[2][1] then return event(claimed[2][1]) end

        local delivered = 0
        for _, about in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
          local fields = {}
          for i = 1, #about, 2 do fields[about[i]] = about[i + 1] end
          if fields['name'] == group then delivered = number(fields['last-delivered-id']) end
        end
        local first = redis.call('XRANGE', stream, '-', '+', 'COUNT', 1)[1]
        if first and number(first[1]) > delivered + 1 then
          redis.call('XGROUP', 'SETID', stream, group, string.format('%.0f-0', number(first[1]) - 1))
          return gap(delivered + 1, number(first[1]) - 1)
        end
        local new = redis.call('XREADGROUP', 'GROUP', group, name, 'COUNT', 1, 'STREAMS', stream, '>')
        if new and new[1] and new[1][2][1] then return event(new[1][2][1]) end
        return false
        """;

    /// <summary>An event is handled. Further argument: its id.</summary>
    public const string Done = "return redis.call('XACK', KEYS[1], ARGV[1], ARGV[2])";

    /// <summary>A gap is filled. Further argument: its name.</summary>
    public const string GapDone = "return redis.call('HDEL', KEYS[2], ARGV[2])";
}
