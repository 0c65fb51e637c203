//go:build !linux

package main

import (
	"errors"
	"time"
)

const disk = "/mnt"

var errNoMachine = errors.New("the virtual machine is a Linux one")

func prepare() error           { return errNoMachine }
func powerOff()                { select {} }
func setClock(time.Time) error { return errNoMachine }
