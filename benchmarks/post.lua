-- Posts the bodies of a corpus file in turn. BODIES: the file, each body after its length
-- and a line feed; CODING: their content coding.
local bodies = {}
local file = assert(io.open(os.getenv("BODIES"), "rb"))
while true do
  local size = file:read("*n")
  if not size then break end
  file:read(1)
  bodies[#bodies + 1] = file:read(size)
end
file:close()

local requests, turn = {}, 0

function init(args)
  local headers = {
    ["Content-Type"] = "application/x-sentry-envelope",
    ["X-Sentry-Auth"] = "Sentry sentry_key=" .. string.rep("a", 32)
      .. ", sentry_version=7, sentry_client=sentry.python/2.75.0",
  }
  if os.getenv("CODING") ~= "" then headers["Content-Encoding"] = os.getenv("CODING") end
  for i, body in ipairs(bodies) do
    requests[i] = wrk.format("POST", "/api/42/envelope/", headers, body)
  end
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end

function done(summary, latency)
  io.write(string.format(
    '\n{"requests": %d, "seconds": %f, "p50_ms": %f, "p99_ms": %f, "refused": %d, "broken": %d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3, summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
