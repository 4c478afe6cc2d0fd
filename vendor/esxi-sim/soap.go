// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"net/http"
	"reflect"

	"github.com/vmware/govmomi/vim25/types"
	"github.com/vmware/govmomi/vim25/xml"
)

// The answers that esxi-sim gives by itself, in the simulator's place. Its own encoder of them is not public.

const envelope = xml.Header + `<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsd="http://www.w3.org/2001/XMLSchema"` +
	` xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>%s</soapenv:Body></soapenv:Envelope>`

func escaped(text string) string {
	var out bytes.Buffer
	_ = xml.EscapeText(&out, []byte(text))
	return out.String()
}

func writeSOAP(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	w.WriteHeader(status)
	fmt.Fprintf(w, envelope, body)
}

// writeFault answers with a fault of the method.
func writeFault(w http.ResponseWriter, fault types.BaseMethodFault, message string) {
	kind := reflect.TypeOf(fault).Elem().Name()
	var detail bytes.Buffer
	encoder := xml.NewEncoder(&detail)
	err := encoder.EncodeElement(fault, xml.StartElement{
		Name: xml.Name{Local: kind + "Fault"},
		Attr: []xml.Attr{{Name: xml.Name{Local: "xmlns"}, Value: "urn:vim25"}, {Name: xml.Name{Local: "xsi:type"}, Value: kind}},
	})
	if err == nil {
		err = encoder.Flush()
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	writeSOAP(w, http.StatusInternalServerError, fmt.Sprintf(
		"<soapenv:Fault><faultcode>ServerFaultCode</faultcode><faultstring>%s</faultstring><detail>%s</detail></soapenv:Fault>",
		escaped(message), detail.String()))
}

// writeReturn answers with nothing, or with a reference to an object.
func writeReturn(w http.ResponseWriter, method string, object *types.ManagedObjectReference) {
	value := ""
	if object != nil {
		value = fmt.Sprintf(`<returnval type="%s">%s</returnval>`, escaped(object.Type), escaped(object.Value))
	}
	writeSOAP(w, http.StatusOK, fmt.Sprintf(`<%sResponse xmlns="urn:vim25">%s</%sResponse>`, method, value, method))
}
