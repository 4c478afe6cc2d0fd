module esxi.invalid/vendored/legacy

go 1.25.0

tool github.com/vmware/govmomi/govc

require github.com/vmware/govmomi v0.18.0

require (
	github.com/google/uuid v1.6.0 // indirect
	github.com/kr/pretty v0.3.1 // indirect
	github.com/kr/text v0.2.0 // indirect
	github.com/rogpeppe/go-internal v1.9.0 // indirect
)
