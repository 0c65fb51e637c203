// Package streamload plays thousands of desktops that read a live stream of
// server-sent events over loopback.
//
// It owns which desktop got which item when, which never got it, and which got
// it twice or without having asked for it. It is written for little cost, by
// epoll from few threads, not for the whole of HTTP and of server-sent events:
// it understands what the servers of a measurement write. Desktops do not
// resume; one that the server cuts off is counted.
package streamload
