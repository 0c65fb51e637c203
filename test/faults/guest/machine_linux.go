package main

import (
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// disk is where the virtual disk is mounted.
const disk = "/mnt"

// prepare makes of a bare kernel what a program expects: devices, the disk, a
// loopback interface.
func prepare() error {
	for _, m := range []struct{ from, to, kind string }{
		{"proc", "/proc", "proc"}, {"dev", "/dev", "devtmpfs"}, {"tmp", "/tmp", "tmpfs"}, {"/dev/ubda", disk, "ext4"},
	} {
		if err := os.MkdirAll(m.to, 0o755); err != nil {
			return err
		}
		if err := unix.Mount(m.from, m.to, m.kind, 0, ""); err != nil && err != unix.EBUSY {
			return fmt.Errorf("mount %s on %s: %w", m.from, m.to, err)
		}
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	lo, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	lo.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	if err := unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, lo); err != nil {
		return fmt.Errorf("loopback: %w", err)
	}
	return nil
}

// powerOff ends the machine cleanly.
func powerOff() {
	time.Sleep(100 * time.Millisecond) // for the console
	unix.Sync()
	_ = unix.Reboot(unix.LINUX_REBOOT_CMD_POWER_OFF)
	select {}
}

// setClock sets the machine's wall clock.
func setClock(to time.Time) error {
	tv := unix.NsecToTimeval(to.UnixNano())
	return unix.Settimeofday(&tv)
}
