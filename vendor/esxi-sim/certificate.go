// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"strings"
	"time"
)

// certificate is the host's own, made anew at each start; it is its own authority, as a real host's is.
type certificate struct {
	tls            tls.Certificate
	pem            []byte
	thumbprint     string // SHA-256
	thumbprintSHA1 string
}

// newCertificate makes one that is valid for localhost and for `address`.
func newCertificate(address net.IP) (*certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: "localhost", Organization: []string{"esxi-sim"}},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(30 * 24 * time.Hour),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
		IsCA:                  true,
		DNSNames:              []string{"localhost"},
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback, address},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	sum256, sum1 := sha256.Sum256(der), sha1.Sum(der)
	return &certificate{
		tls:            tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key},
		pem:            pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		thumbprint:     colons(sum256[:]),
		thumbprintSHA1: colons(sum1[:]),
	}, nil
}

// colons writes bytes as govc does a thumbprint: AA:BB:…
func colons(sum []byte) string {
	pairs := make([]string, len(sum))
	for i, b := range sum {
		pairs[i] = fmt.Sprintf("%02X", b)
	}
	return strings.Join(pairs, ":")
}
