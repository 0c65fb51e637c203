package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"time"
)

// machine is what figures are worth nothing without.
type machine struct {
	Processor  string  `json:"processor"`
	Processors int     `json:"processors"` // that Go uses
	Memory     int64   `json:"memory"`     // bytes
	System     string  `json:"system"`
	Go         string  `json:"go"`
	Revision   string  `json:"revision"`
	Disk       string  `json:"disk"` // file system of the databases
	Sync       float64 `json:"sync"` // ms to bring 4 KB at the end of a file to disk; median
	Load       string  `json:"load"` // averages of runnable processes, before the run
	Time       string  `json:"time"` // RFC 3339, UTC, of the beginning
}

func describe(dir string) machine {
	m := machine{
		Processor: field("/proc/cpuinfo", "model name"), Processors: runtime.GOMAXPROCS(0), Go: runtime.Version(),
		Disk: disk(dir), Sync: syncTime(dir), Time: time.Now().UTC().Format(time.RFC3339),
	}
	var kB int64
	if _, err := fmt.Sscan(field("/proc/meminfo", "MemTotal"), &kB); err == nil {
		m.Memory = kB << 10
	}
	if release, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		m.System = runtime.GOOS + " " + strings.TrimSpace(string(release))
	}
	if load, err := os.ReadFile("/proc/loadavg"); err == nil {
		m.Load = strings.Join(strings.Fields(string(load))[:3], " ")
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" || s.Key == "-tags" {
				m.Revision = strings.TrimSpace(m.Revision + " " + s.Value)
			}
		}
	}
	return m
}

// field reads the first value of a name in a file of "name : value" lines.
func field(path, name string) string {
	raw, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(raw)) {
		if n, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(n) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// disk names the file system that a folder is on.
func disk(dir string) string {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return err.Error()
	}
	names := map[int64]string{0xef53: "ext", 0x58465342: "xfs", 0x9123683e: "btrfs", 0x01021994: "tmpfs, which forgets: what is written is never on a disk", 0x794c7630: "overlayfs"}
	if name, ok := names[int64(s.Type)]; ok {
		return name
	}
	return fmt.Sprintf("type %#x", s.Type)
}

// syncTime is how long it takes to bring a little to disk.
func syncTime(dir string) float64 {
	f, err := os.Create(filepath.Join(dir, "sync"))
	if err != nil {
		return 0
	}
	defer os.Remove(f.Name())
	defer f.Close()
	var times []float64
	for range 51 {
		began := time.Now()
		if _, err := f.Write(make([]byte, 4096)); err != nil || f.Sync() != nil {
			return 0
		}
		times = append(times, float64(time.Since(began).Microseconds())/1e3)
	}
	slices.Sort(times)
	return times[len(times)/2]
}
