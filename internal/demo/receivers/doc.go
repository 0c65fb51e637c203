// Package receivers stands in for the outside world: a mail relay, webhook
// endpoints and desktops on loopback, which take what the wire sends and count
// it by themselves. What they counted, not what the sender believes, says
// whether anything was lost or doubled.
//
// The demo and the fault tests use it. It knows nothing of the wire's inside.
package receivers
