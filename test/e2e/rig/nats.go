package rig

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Cluster is a number of real NATS servers with JetStream on loopback, each a
// process of its own.
type Cluster struct {
	t     testing.TB
	nodes []*node
}

type node struct {
	name            string
	client, monitor string // addresses
	config, log     string // files
	process         *exec.Cmd
	ended           <-chan struct{}
}

// StartCluster starts n servers and waits until JetStream serves on each. They
// are killed when the test ends.
func StartCluster(t testing.TB, n int) *Cluster {
	t.Helper()
	c := &Cluster{t: t}
	dir := t.TempDir()
	routes := make([]string, n)
	for i := range routes {
		routes[i] = FreeAddress(t)
	}
	for i := range n {
		x := &node{name: fmt.Sprintf("n%d", i+1), client: FreeAddress(t), monitor: FreeAddress(t)}
		x.config, x.log = filepath.Join(dir, x.name+".conf"), filepath.Join(dir, x.name+".log")
		lines := []string{
			"server_name: " + x.name, "listen: " + x.client, "http: " + x.monitor,
			"log_file: " + quote(x.log), "max_payload: 8MB",
			fmt.Sprintf("jetstream { store_dir: %s, sync_interval: always }", quote(filepath.Join(dir, x.name))),
		}
		if n > 1 {
			lines = append(lines, fmt.Sprintf("cluster { name: wire, listen: %q, routes: [ nats://%s ] }", routes[i], strings.Join(routes, ", nats://")))
		}
		if err := os.WriteFile(x.config, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		c.nodes = append(c.nodes, x)
		c.Start(i)
	}
	t.Cleanup(func() {
		for i := range c.nodes {
			c.Kill(i)
		}
	})
	for i := range c.nodes {
		c.AwaitHealthy(i)
	}
	return c
}

func quote(s string) string { return fmt.Sprintf("%q", s) }

// URL is what --nats takes: every node, separated by commas.
func (c *Cluster) URL() string {
	var all []string
	for _, n := range c.nodes {
		all = append(all, "nats://"+n.client)
	}
	return strings.Join(all, ",")
}

// Start starts a node that does not run.
func (c *Cluster) Start(i int) {
	c.t.Helper()
	n := c.nodes[i]
	n.process = exec.Command(Build(c.t, "github.com/nats-io/nats-server/v2"), "-c", n.config)
	var err error
	if n.ended, _, err = Spawn(n.process); err != nil {
		c.t.Fatal(err)
	}
}

// Kill ends a node with SIGKILL and waits for it.
func (c *Cluster) Kill(i int) {
	n := c.nodes[i]
	select {
	case <-n.ended:
	default:
		_ = n.process.Process.Kill()
		<-n.ended
	}
}

// AwaitHealthy waits until a node says that JetStream serves and is current.
func (c *Cluster) AwaitHealthy(i int) {
	c.t.Helper()
	n := c.nodes[i]
	Wait(c.t, 30*time.Second, "NATS node "+n.name, func() error {
		select {
		case <-n.ended:
			return fmt.Errorf("it ended\n%s", n.tail())
		default:
		}
		var state struct{ Status, Error string }
		if err := n.ask("/healthz", &state); err != nil {
			return err
		}
		if state.Status != "ok" {
			return fmt.Errorf("%s %s", state.Status, state.Error)
		}
		return nil
	})
}

// Leader returns which node leads a stream.
func (c *Cluster) Leader(stream string) int {
	c.t.Helper()
	leader := -1
	Wait(c.t, 15*time.Second, "leader of the stream "+stream, func() error {
		for _, n := range c.nodes {
			var state struct {
				Accounts []struct {
					Streams []struct {
						Name    string
						Cluster struct{ Leader string }
					} `json:"stream_detail"`
				} `json:"account_details"`
			}
			if n.ask("/jsz?accounts=1&streams=1", &state) != nil {
				continue
			}
			for _, a := range state.Accounts {
				for _, s := range a.Streams {
					for i, x := range c.nodes {
						if s.Name == stream && s.Cluster.Leader == x.name {
							leader = i
							return nil
						}
					}
				}
			}
		}
		return ErrNotYet
	})
	return leader
}

// ask reads one page of a node's monitoring.
func (n *node) ask(path string, into any) error {
	client := http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{DisableKeepAlives: true, DialContext: (&net.Dialer{Timeout: time.Second}).DialContext}}
	resp, err := client.Get("http://" + n.monitor + path)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	return json.NewDecoder(resp.Body).Decode(into)
}

// tail is the end of the node's log.
func (n *node) tail() string {
	raw, _ := os.ReadFile(n.log)
	lines := strings.Split(strings.TrimSpace(string(raw)), "\n")
	return strings.Join(lines[max(0, len(lines)-15):], "\n")
}
