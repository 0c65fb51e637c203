package command

import (
	"context"
	"io"

	"github.com/wireroom/wireroom/internal/app"
	"github.com/wireroom/wireroom/internal/demo"
)

// Demo opens a whole wire on this machine.
type Demo struct {
	Files    []string `arg:"" optional:"" type:"existingfile" help:"Articles to publish in place of the demo's own."`
	Once     bool     `help:"End when everything was delivered; exit 0 only if nothing was lost or doubled."`
	JSON     bool     `name:"json" help:"Print one JSON object in place of the live view."`
	Outlets  int      `help:"Outlets to invent on the first start." default:"6500"`
	Contacts int      `help:"Journalists to invent on the first start." default:"86000"`
	Desktops int      `help:"Live desktops." default:"200"`
}

// demoData is the demo's folder unless another one is named: it never mixes
// with a wire in earnest.
const demoData = "wireroom-demo"

// Run shows the demo until it is done, or until the context ends.
func (d *Demo) Run(ctx context.Context, config app.Config, out io.Writer) error {
	if config.Data == "" || config.Data == "wireroom-data" {
		config.Data = demoData
	}
	return demo.Run(ctx, config, demo.Options{
		Files: d.Files, Size: demo.Size{Outlets: d.Outlets, Contacts: d.Contacts}, Desktops: d.Desktops, Once: d.Once, JSON: d.JSON,
	}, out)
}
