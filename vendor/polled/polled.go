// SPDX-License-Identifier: Apache-2.0

// Package polled reads pipes without a thread that waits in a system call. Where such a wait begins just as a garbage collection stops
// the program, Go 1.26 does not notice it, and the whole program stands still for up to a minute.
package polled

import (
	"os"
	"syscall"
)

// Reader returns what reads like the file. Only a pipe or a socket is polled: whoever shares a terminal or a file with this program
// would find it changed.
func Reader(file *os.File) (*os.File, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if info.Mode()&(os.ModeNamedPipe|os.ModeSocket) == 0 {
		return file, nil
	}
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	// A descriptor of its own: the other one is closed when nobody holds `file` any more.
	descriptor, err := syscall.Dup(int(file.Fd()))
	if err != nil {
		return nil, err
	}
	syscall.CloseOnExec(descriptor)
	if err := syscall.SetNonblock(descriptor, true); err != nil {
		_ = syscall.Close(descriptor)
		return nil, err
	}
	return os.NewFile(uintptr(descriptor), file.Name()), nil
}
