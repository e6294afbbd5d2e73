module husk/conformance

go 1.21

require github.com/opencontainers/runtime-tools v0.9.1-0.20250523060157-0ea5ed0382a2
