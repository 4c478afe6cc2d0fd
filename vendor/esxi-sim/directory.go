// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"syscall"
)

// All files, also those that govmomi makes for its datastore, are in one private directory. It is locked while in use, so that one
// which a killed simulator left behind is told from one in use, and removed by the next.

const (
	directoryPrefix = "esxi-sim-"
	lockName        = "lock"
)

// newDirectory makes one; the lock is held until the program ends.
func newDirectory() (string, error) {
	sweep()
	path, err := os.MkdirTemp("", directoryPrefix)
	if err != nil {
		return "", err
	}
	// Locked before it has its name: no one sees it unlocked.
	temporary := filepath.Join(path, "new")
	if _, err = lock(temporary, os.O_CREATE|os.O_EXCL); err == nil {
		err = os.Rename(temporary, filepath.Join(path, lockName))
	}
	if err != nil {
		_ = os.RemoveAll(path)
	}
	return path, err
}

// lock keeps the file open; its descriptor is closed with the program, however that ends.
func lock(path string, flags int) (int, error) {
	descriptor, err := syscall.Open(path, flags|syscall.O_RDWR|syscall.O_CLOEXEC|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return -1, &os.PathError{Op: "open", Path: path, Err: err}
	}
	if err := syscall.Flock(descriptor, syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = syscall.Close(descriptor)
		return -1, &os.PathError{Op: "lock", Path: path, Err: err}
	}
	return descriptor, nil
}

// sweep removes what killed simulators of this user left.
func sweep() {
	paths, _ := filepath.Glob(filepath.Join(os.TempDir(), directoryPrefix+"*"))
	for _, path := range paths {
		info, err := os.Lstat(path)
		if err != nil || !info.IsDir() {
			continue
		}
		if owner, ok := info.Sys().(*syscall.Stat_t); !ok || int(owner.Uid) != os.Geteuid() {
			continue
		}
		if descriptor, err := lock(filepath.Join(path, lockName), 0); err == nil {
			_ = os.RemoveAll(path)
			_ = syscall.Close(descriptor)
		}
	}
}
