"""What the integration tests are written with: a runner, bundles, containers, terminals and a view of the machine."""
