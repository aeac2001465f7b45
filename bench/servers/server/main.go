// SPDX-License-Identifier: Apache-2.0
// A small bootstrap server as one writes it in Go: TLS with client certificates, host-meta, the two operations, a
// device's data from its folder, its reports in progress.log, each request in requests.log and on standard error.
// sztp-server is measured beside it (bench/servers.py), and does the same and more.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"flag"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"
)

const module = "ietf-sztp-bootstrap-server"

type input struct {
	Input map[string]any `json:"ietf-sztp-bootstrap-server:input"`
}

func main() {
	dir := flag.String("dir", "", "the devices' data")
	cert := flag.String("tls-cert", "", "the server's certificate")
	key := flag.String("tls-key", "", "its key")
	ca := flag.String("device-ca", "", "whom to believe devices' certificates")
	listen := flag.String("listen", "127.0.0.1:0", "the address")
	portFile := flag.String("port-file", "", "where to write the port")
	flag.Parse()
	var lock sync.Mutex
	add := func(name string, line map[string]any) {
		line["time"] = time.Now().UTC().Format(time.RFC3339)
		out, _ := json.Marshal(line)
		lock.Lock()
		defer lock.Unlock()
		f, err := os.OpenFile(filepath.Join(*dir, name), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
		if err != nil {
			return
		}
		f.Write(append(out, '\n'))
		f.Close()
	}
	request := func(r *http.Request, serial string, status int) {
		add("requests.log", map[string]any{"peer": r.RemoteAddr, "serial": serial, "method": r.Method, "path": r.URL.Path,
			"status": status, "user-agent": r.UserAgent(), "tls": tls.VersionName(r.TLS.Version)})
	}
	pem, err := os.ReadFile(*ca)
	if err != nil {
		log.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	pair, err := tls.LoadX509KeyPair(*cert, *key)
	if err != nil {
		log.Fatal(err)
	}
	serial := func(r *http.Request) string { return r.TLS.PeerCertificates[0].Subject.SerialNumber }
	read := func(w http.ResponseWriter, r *http.Request) map[string]any {
		var in input
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 65536))
		if err != nil || json.Unmarshal(body, &in) != nil || in.Input == nil {
			http.Error(w, "bad", http.StatusBadRequest)
			return nil
		}
		return in.Input
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/host-meta", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/xrd+xml")
		io.WriteString(w, "<XRD xmlns=\"http://docs.oasis-open.org/ns/xri/xrd-1.0\"><Link rel=\"restconf\" href=\"/restconf\"/></XRD>\n")
		request(r, serial(r), 200)
		log.Println(r.RemoteAddr, serial(r), r.Method, r.URL.Path, 200)
	})
	mux.HandleFunc("POST /restconf/operations/"+module+":get-bootstrapping-data", func(w http.ResponseWriter, r *http.Request) {
		if read(w, r) == nil {
			return
		}
		level := "minimal"
		if l, err := os.ReadFile(filepath.Join(*dir, filepath.Base(serial(r)), "reporting-level")); err == nil {
			level = string(l)
		}
		data, err := os.ReadFile(filepath.Join(*dir, filepath.Base(serial(r)), "conveyed-information.cms"))
		if err != nil {
			http.Error(w, "none", http.StatusNotFound)
			return
		}
		out, _ := json.Marshal(map[string]any{module + ":output": map[string]string{
			"reporting-level": level, "conveyed-information": base64.StdEncoding.EncodeToString(data)}})
		w.Header().Set("Content-Type", "application/yang-data+json")
		w.Write(out)
		request(r, serial(r), 200)
		log.Println(r.RemoteAddr, serial(r), r.Method, r.URL.Path, 200)
	})
	mux.HandleFunc("POST /restconf/operations/"+module+":report-progress", func(w http.ResponseWriter, r *http.Request) {
		in := read(w, r)
		if in == nil {
			return
		}
		w.WriteHeader(http.StatusNoContent)
		add(filepath.Join(filepath.Base(serial(r)), "progress.log"), in)
		request(r, serial(r), 204)
		log.Println(r.RemoteAddr, serial(r), r.Method, r.URL.Path, 204, in["progress-type"], in["message"])
	})
	l, err := net.Listen("tcp", *listen)
	if err != nil {
		log.Fatal(err)
	}
	os.WriteFile(*portFile, []byte(strconv.Itoa(l.Addr().(*net.TCPAddr).Port)), 0o644)
	server := http.Server{Handler: mux, TLSConfig: &tls.Config{Certificates: []tls.Certificate{pair}, ClientCAs: pool,
		ClientAuth: tls.RequireAndVerifyClientCert, NextProtos: []string{"http/1.1"}}}
	log.Fatal(server.ServeTLS(l, "", ""))
}
