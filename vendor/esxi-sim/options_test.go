// SPDX-License-Identifier: Apache-2.0

package main

import "testing"

func TestDatastores(t *testing.T) {
	for given, want := range map[string]datastore{
		"a":                      {name: "a", free: -1},
		"a b/c,inaccessible":     {name: "a b/c", free: -1, inaccessible: true},
		"a,free=0":               {name: "a"},
		"a,free=5M":              {name: "a", free: 5 << 20},
		"a,free=7K":              {name: "a", free: 7 << 10},
		"a,inaccessible,free=2G": {name: "a", free: 2 << 30, inaccessible: true},
	} {
		got, err := parseDatastore(given)
		if err != nil || *got != want {
			t.Errorf("%q: %v, %v", given, got, err)
		}
	}
	for _, bad := range []string{"", ",free=1", "a,free=", "a,free=-1", "a,free=1T", "a,full", "a,"} {
		if got, err := parseDatastore(bad); err == nil {
			t.Errorf("%q was taken: %v", bad, got)
		}
	}
}

func TestStoredNames(t *testing.T) {
	for given, want := range map[string]string{"VM Network": "VM Network", "a/b": "a%2fb", `a\b`: "a%5cb", "100%": "100%25", "%2f": "%252f"} {
		if got := stored(given); got != want {
			t.Errorf("%q is stored as %q", given, got)
		}
	}
}
