// SPDX-License-Identifier: Apache-2.0
// load URL CA CERT KEY N C: N bootstraps (one handshake, host-meta, data, three reports), C at once; prints seconds, failures.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

func main() {
	a := os.Args[1:]
	pem, _ := os.ReadFile(a[1])
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	pair, err := tls.LoadX509KeyPair(a[2], a[3])
	if err != nil {
		panic(err)
	}
	n, _ := strconv.Atoi(a[4])
	c, _ := strconv.Atoi(a[5])
	config := &tls.Config{RootCAs: pool, Certificates: []tls.Certificate{pair}}
	if len(a) > 6 && a[6] == "1.2" {
		config.MaxVersion = tls.VersionTLS12
	}
	rpc := a[0] + "/restconf/operations/ietf-sztp-bootstrap-server:"
	one := func() error {
		t := &http.Transport{TLSClientConfig: config, MaxConnsPerHost: 1}
		defer t.CloseIdleConnections()
		client := &http.Client{Transport: t, Timeout: 30 * time.Second}
		ask := func(method, url, body string, want int) error {
			r, _ := http.NewRequest(method, url, strings.NewReader(body))
			if body != "" {
				r.Header.Set("Content-Type", "application/yang-data+json")
				r.Header.Set("Accept", "application/yang-data+json")
			}
			s, err := client.Do(r)
			if err != nil {
				return err
			}
			defer s.Body.Close()
			io.Copy(io.Discard, s.Body)
			if s.StatusCode != want {
				return fmt.Errorf("%s: %d", url, s.StatusCode)
			}
			return nil
		}
		if err := ask("GET", a[0]+"/.well-known/host-meta", "", 200); err != nil {
			return err
		}
		if err := ask("POST", rpc+"get-bootstrapping-data", `{"ietf-sztp-bootstrap-server:input":{"hw-model":"EX4200","os-name":"ExampleOS","os-version":"1.0"}}`, 200); err != nil {
			return err
		}
		for _, p := range []string{"bootstrap-initiated", "config-complete", "bootstrap-complete"} {
			if err := ask("POST", rpc+"report-progress", `{"ietf-sztp-bootstrap-server:input":{"progress-type":"`+p+`"}}`, 204); err != nil {
				return err
			}
		}
		return nil
	}
	var left, failed atomic.Int64
	left.Store(int64(n))
	var first atomic.Value
	var wg sync.WaitGroup
	begin := time.Now()
	for range c {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for left.Add(-1) >= 0 {
				if err := one(); err != nil {
					failed.Add(1)
					first.CompareAndSwap(nil, err.Error())
				}
			}
		}()
	}
	wg.Wait()
	fmt.Printf("%.3f %d\n", time.Since(begin).Seconds(), failed.Load())
	if v := first.Load(); v != nil {
		fmt.Fprintln(os.Stderr, v)
	}
}
