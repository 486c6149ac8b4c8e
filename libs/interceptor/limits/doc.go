// Package limits bounds what one principal and one tenant may start, hold open
// and send.
//
// These are all the limits and their defaults; 0 is no limit. Those of an
// address are enforced by package address, before the authentication, and those
// on connections by the server's listener.
//
//	key                                  default  unit         an excess
//	limits.connections                     4,000  connections  is closed at once
//	limits.address.connections             1,000  connections  is closed at once
//	limits.address.calls_per_second        5,000  calls/s      RATE_LIMITED
//	limits.address.burst                       0  calls        0 is two seconds' worth
//	limits.address.streams                 2,000  streams      TOO_MANY_STREAMS
//	limits.principal.calls_per_second          0  calls/s      RATE_LIMITED
//	limits.principal.burst                     0  calls        0 is two seconds' worth
//	limits.principal.streams               2,000  streams      TOO_MANY_STREAMS
//	limits.principal.messages_per_second       0  messages/s   waits; unary calls RATE_LIMITED
//	limits.principal.bytes_per_second          0  bytes/s      waits; unary calls RATE_LIMITED
//	limits.tenant.calls_per_second             0  calls/s      RATE_LIMITED
//	limits.tenant.burst                        0  calls        0 is two seconds' worth
//	limits.tenant.streams                  4,000  streams      TOO_MANY_STREAMS
//	limits.tenant.messages_per_second          0  messages/s   waits; unary calls RATE_LIMITED
//	limits.tenant.bytes_per_second             0  bytes/s      waits; unary calls RATE_LIMITED
//	limits.tenants                          none               tenants with bounds of their own
//
// An address is an IPv4 address or an IPv6 /64; peers without one count as one.
// A principal is a tenant and a subject, so all calls without authentication are
// of one. A stream is any call that is not unary. An entry of limits.tenants is
// tenant=key:value;key:value with the keys of limits.tenant, such as
// "acme=streams:8000;bytes_per_second:64MiB"; what it does not name is as in
// limits.tenant.
//
// # Rates inside streams
//
// A message that exceeds a rate waits before the handler gets it, and no message
// is dropped: the stream is not read meanwhile, so its client slows down. Who
// has sent nothing for a second may send a second's worth at once. A message is
// never too large for a rate: it goes when what was sent before is paid for.
//
// Streams of one principal share its rate evenly, and those of one tenant the
// tenant's, in messages and in bytes, however large the messages of each are.
// What one of them leaves, the others take. New streams don't get more by being
// new.
//
// A unary call does not wait. It may use a second's worth more than streams,
// so that streams at their limit don't shut out the calls beside them, and is
// refused beyond that.
package limits
