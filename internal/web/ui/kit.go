package ui

import (
	"bytes"
	"fmt"
	"html/template"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// Options say how a kit reads what it shows.
type Options struct {
	// Dev reads templates and assets from the source tree at every request and
	// makes pages reload when one of them changes. Never on a public server.
	Dev bool
	// Root is the root of the source tree, for Dev; "" is the working folder.
	Root string
}

// Folder is a folder of templates and assets: FS is how the program carries
// it, Path where it lies in the source tree, with slashes.
type Folder struct {
	FS   fs.FS
	Path string
}

// Kit makes views and assets. Views and bundles are declared while a face is
// built; after that a kit is safe for concurrent use.
type Kit struct {
	dev     bool
	root    string
	folders []Folder
	views   []*View
	bundles map[string]*bundle
}

// NewKit returns a kit that has the shared folder of this package.
func NewKit(o Options) *Kit {
	k := &Kit{dev: o.Dev, root: o.Root, bundles: map[string]*bundle{}}
	k.watch(Shared)
	k.Bundle("reload.js", Part{Shared, "reload.js"})
	return k
}

// Dev reports whether the kit reads from the source tree.
func (k *Kit) Dev() bool { return k.dev }

func (k *Kit) watch(f Folder) { k.folders = append(k.folders, f) }

func (k *Kit) read(f Folder, name string) ([]byte, error) {
	if k.dev {
		data, err := os.ReadFile(filepath.Join(k.root, filepath.FromSlash(f.Path), filepath.FromSlash(name)))
		if err != nil {
			return nil, fmt.Errorf("ui: development reads the source tree, so start at its root: %w", err)
		}
		return data, nil
	}
	data, err := fs.ReadFile(f.FS, name)
	if err != nil {
		return nil, fmt.Errorf("ui: %s: %w", f.Path, err)
	}
	return data, nil
}

// View is a page's template on top of the shell.
type View struct {
	kit    *Kit
	folder Folder
	files  []string
	parsed func() (*template.Template, error)
}

// View declares a page. Its files define "main" and may define "head"; the
// shell surrounds them. They are parsed on first use, in development on each.
func (k *Kit) View(f Folder, files ...string) *View {
	k.watch(f)
	v := &View{kit: k, folder: f, files: files}
	v.parsed = sync.OnceValues(v.parse)
	k.views = append(k.views, v)
	return v
}

// Check reads everything that was declared, so that a face which cannot be
// shown does not begin to serve.
func (k *Kit) Check() error {
	for name := range k.bundles {
		if _, err := k.asset(name); err != nil {
			return err
		}
	}
	for _, v := range k.views {
		if _, err := v.parse(); err != nil {
			return err
		}
	}
	return nil
}

func (v *View) parse() (*template.Template, error) {
	t := template.New("shell.tmpl").Option("missingkey=error").Funcs(template.FuncMap{
		"asset": v.kit.Asset,
		"dev":   v.kit.Dev,
	})
	add := func(f Folder, name string) error {
		text, err := v.kit.read(f, name)
		if err == nil {
			_, err = t.Parse(string(text))
		}
		if err != nil {
			return fmt.Errorf("ui: template %s/%s: %w", f.Path, name, err)
		}
		return nil
	}
	for _, name := range []string{"shell.tmpl", "parts.tmpl"} {
		if err := add(Shared, name); err != nil {
			return nil, err
		}
	}
	for _, name := range v.files {
		if err := add(v.folder, name); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// Render executes the page with its data, a struct that embeds Page. Either
// the whole page comes back or an error: nothing half.
func (v *View) Render(data any) ([]byte, error) {
	parsed := v.parsed
	if v.kit.dev {
		parsed = v.parse
	}
	t, err := parsed()
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := t.ExecuteTemplate(&out, "shell", data); err != nil {
		return nil, fmt.Errorf("ui: page %s: %w", v.folder.Path, err)
	}
	return out.Bytes(), nil
}
