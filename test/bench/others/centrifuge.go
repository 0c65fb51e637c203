package others

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/centrifugal/centrifuge"

	"github.com/wireroom/wireroom/internal/wire"
	"github.com/wireroom/wireroom/test/bench/story"
	"github.com/wireroom/wireroom/test/bench/streamserver"
)

// Centrifuge brings items to desktops with the library of that name: its broker
// in memory, its server-sent events, one channel.
type Centrifuge struct {
	*streamserver.Web
	node *centrifuge.Node
}

// channel is the one that everybody is subscribed to.
const channel = "wire"

// CentrifugePath is what its desktops ask for: the library wants the command to
// connect in the address.
func CentrifugePath() string {
	return StreamPath + "?" + url.Values{"cf_connect": {`{"id":1,"connect":{}}`}}.Encode()
}

// OpenCentrifuge starts one. The caller closes it.
func OpenCentrifuge() (*Centrifuge, error) {
	node, err := centrifuge.New(centrifuge.Config{LogLevel: centrifuge.LogLevelNone})
	if err != nil {
		return nil, fmt.Errorf("centrifuge: %w", err)
	}
	// The server subscribes whoever connects; the desktops say nothing more.
	node.OnConnecting(func(context.Context, centrifuge.ConnectEvent) (centrifuge.ConnectReply, error) {
		return centrifuge.ConnectReply{
			Credentials:   &centrifuge.Credentials{UserID: ""},
			Subscriptions: map[string]centrifuge.SubscribeOptions{channel: {}},
		}, nil
	})
	if err := node.Run(); err != nil {
		return nil, fmt.Errorf("centrifuge: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle(StreamPath, centrifuge.NewSSEHandler(node, centrifuge.SSEConfig{PingPongConfig: centrifuge.PingPongConfig{
		PingInterval: 15 * time.Second, // as the heartbeat of Wireroom
		PongTimeout:  -1,               // nothing comes from a desktop
	}}))
	c := &Centrifuge{node: node}
	c.Web, err = streamserver.Listen(mux)
	return c, err
}

// Prepare renders an item.
func (c *Centrifuge) Prepare(it wire.Item) (func(context.Context) error, error) {
	document, err := story.Document(&it)
	return func(context.Context) error {
		_, err := c.node.Publish(channel, document)
		return err
	}, err
}

// Close cuts every connection.
func (c *Centrifuge) Close() error {
	err := c.Web.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = c.node.Shutdown(ctx) // who is still connected does not matter any more
	return err
}
