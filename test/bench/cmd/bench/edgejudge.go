package main

import (
	"fmt"
	"os"
	"syscall"

	"github.com/wireroom/wireroom/test/bench/streamserver"
)

// judgeEdge holds what the desktops counted against what they must have got, and
// against what our server says of the last item.
func (s *stand) judgeEdge(f *fleet, row *edgeRow, last streamserver.Published) error {
	count, err := f.count(f.step.warm + s.rounds)
	if err != nil {
		return err
	}
	row.Lost, row.Doubled, row.Strange = count.Lost, count.Doubled, count.Strange
	name := f.step.String()
	if count.Lost != 0 || count.Doubled != 0 || count.Strange != 0 || count.Gone != 0 {
		s.wrong(name, "of %d deliveries %d are lost, %d came again, %d were asked for by nobody; %d desktops were cut off; the first reason: %q",
			count.Expected, count.Lost, count.Doubled, count.Strange, count.Gone, count.Complaint)
	}
	if wanted := f.step.expected(); row.Reached != wanted {
		s.wrong(name, "an item is for %d desktops, not for %d", wanted, row.Reached)
	}
	if row.Side != ours {
		return nil
	}
	receipt, err := f.receipt(last.Number, row.Reached)
	if err != nil {
		return err
	}
	if f.step.stall > 0 {
		row.Note = fmt.Sprintf("the edge says of the last item: wanted by %d, sent to %d, %d cut off", receipt.Offered, receipt.Sent, receipt.Cut)
	}
	reached := int64(row.Reached)
	if receipt.Sent < reached || f.step.stall == 0 && (receipt != streamserver.Receipt{Offered: reached, Sent: reached}) {
		s.wrong(name, "the edge says that of %d who wanted the last item %d got it, %d were cut off and %d left; %d got it", receipt.Offered, receipt.Sent, receipt.Cut, receipt.Gone, reached)
	}
	return nil
}

// expected is how many desktops get an item.
func (step *edgeStep) expected() int {
	stalled := 0
	if step.stall > 0 {
		for p := range step.processes {
			first := p * step.desktops
			stalled += int(step.stall*float64(first+step.desktops)) - int(step.stall*float64(first))
		}
	}
	return step.all()/max(step.groups, 1) - stalled
}

// A desktop's two ends in the kernel, and what the measurement itself keeps of it; what
// one takes of the dearest server; and what is to be left.
const (
	kernelBytes = 16 << 10
	usualBytes  = 64 << 10
	spareBytes  = 1 << 30
)

// noRoom says why a measurement cannot be made on this machine; "" if it can.
func (s *stand) noRoom(step *edgeStep) string {
	const spareFiles = 200 // of a process, beside desktops
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err == nil && files.Max < uint64(step.desktops+spareFiles) {
		return fmt.Sprintf("a process may hold %d open files, and %d are needed (ulimit -Hn)", files.Max, step.desktops+spareFiles)
	}
	var most uint64
	if raw, err := os.ReadFile("/proc/sys/fs/file-max"); err == nil {
		if _, err := fmt.Sscan(string(raw), &most); err == nil && most < uint64(2*step.all()+10_000) {
			return fmt.Sprintf("the machine may hold %d open files, and %d are needed (fs.file-max)", most, 2*step.all()+10_000)
		}
	}
	needed := float64(step.all())*(usualBytes+kernelBytes+2*float64(step.size)) + spareBytes
	var kB float64
	if _, err := fmt.Sscan(field("/proc/meminfo", "MemAvailable"), &kB); err == nil && kB*1024 < needed {
		return fmt.Sprintf("%.1f GiB of memory are free, and about %.1f are needed", kB/(1<<20), needed/(1<<30))
	}
	return ""
}
