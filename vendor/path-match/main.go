// SPDX-License-Identifier: Apache-2.0

// Compares answers about pairs of a pattern and a name, as lines of `HEX HEX no|yes|malformed` on standard input, with those of the
// real path.Match. Fails at the first that differs, and where there are none.
package main

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"os"
	"path"
	"strings"
)

func fail(format string, values ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", values...)
	os.Exit(1)
}

func answer(pattern, name string) string {
	matched, err := path.Match(pattern, name)
	switch {
	case err != nil:
		return "malformed"
	case matched:
		return "yes"
	}
	return "no"
}

func main() {
	seen := map[string]int{}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		fields := strings.Split(lines.Text(), " ")
		if len(fields) != 3 {
			fail("not a pair and its answer: %q", lines.Text())
		}
		pattern, wrong := hex.DecodeString(fields[0])
		name, wrong2 := hex.DecodeString(fields[1])
		if wrong != nil || wrong2 != nil {
			fail("not hex: %q", lines.Text())
		}
		real := answer(string(pattern), string(name))
		if real != fields[2] {
			fail("path.Match(%q, %q) says %s, not %s", pattern, name, real, fields[2])
		}
		seen[real]++
	}
	if lines.Err() != nil || seen["yes"] == 0 || seen["no"] == 0 || seen["malformed"] == 0 {
		fail("too little to compare: %v %v", seen, lines.Err())
	}
	fmt.Printf("%d pairs, all as path.Match has them: %v\n", seen["yes"]+seen["no"]+seen["malformed"], seen)
}
